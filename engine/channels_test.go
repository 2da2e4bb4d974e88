package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/store/memory"
)

// notSetUp is a channel that has a name and no provider yet.
type notSetUp struct{ notifytest.Recorder }

func (*notSetUp) Ready() bool { return false }

func TestChannelsAreThoseThatCanSend(t *testing.T) {
	e, err := engine.New(engine.Config{Store: memory.New(), Notifiers: map[notify.Channel]notify.Notifier{
		"webhook": &notifytest.Recorder{}, "pager": &notifytest.Recorder{}, "email": &notSetUp{},
	}})
	require.NoError(t, err)
	require.Equal(t, []notify.Channel{"pager", "webhook"}, e.Channels())
}
