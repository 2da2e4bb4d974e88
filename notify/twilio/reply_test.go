package twilio_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/twilio"
)

var replies = []struct {
	text   string
	action notify.Action
	code   string
}{
	{"4", notify.ActionAcknowledge, ""},
	{"4 1234", notify.ActionAcknowledge, "1234"},
	{"4 1234.", notify.ActionAcknowledge, "1234"},
	{"41234", notify.ActionAcknowledge, "1234"},
	{"4-1234", notify.ActionAcknowledge, "1234"},
	{"4\n1234\n", notify.ActionAcknowledge, "1234"},
	{"1234 4", notify.ActionAcknowledge, "1234"},
	{"ack 1234", notify.ActionAcknowledge, "1234"},
	{"1234 ACK", notify.ActionAcknowledge, "1234"},
	{"Ack, thanks!", notify.ActionAcknowledge, ""},
	{"ja 1234", notify.ActionAcknowledge, "1234"},
	{"Ich übernehme!", notify.ActionAcknowledge, ""},
	{"ÜBERNEHME 0007", notify.ActionAcknowledge, "0007"},
	{"4 4 1234 1234", notify.ActionAcknowledge, "1234"},
	{"4 4444", notify.ActionAcknowledge, "4444"},
	{"6 1234", notify.ActionEscalate, "1234"},
	{"61234", notify.ActionEscalate, "1234"},
	{"eskaliere 1234", notify.ActionEscalate, "1234"},
	{"9", notify.ActionDecline, ""},
	{"resolved 1234", notify.ActionResolve, "1234"},

	{"", "", ""},
	{"1234", "", ""},
	{"5", "", ""},
	{"4 6", "", ""},
	{"4 1234 5678", "", ""},
	{"4 12345", "", ""},
	{"no idea what this is", "", ""},
	{"I am on holiday until 4 May, please ask Ben", "", ""},
	{"४ १२३४", "", ""},
	{"4 1234 👍", notify.ActionAcknowledge, "1234"},
}

func TestParseReply(t *testing.T) {
	for _, c := range replies {
		action, code, ok := twilio.ParseReply(c.text)
		require.Equal(t, c.action != "", ok, "%q", c.text)
		if ok {
			require.Equal(t, c.action, action, "%q", c.text)
			require.Equal(t, c.code, code, "%q", c.text)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	for _, c := range replies {
		f.Add(c.text)
	}
	isCode := regexp.MustCompile(`^(\d{4})?$`)
	f.Fuzz(func(t *testing.T, text string) {
		action, code, ok := twilio.ParseReply(text)
		if !ok {
			require.Empty(t, action)
			require.Empty(t, code)
			return
		}
		require.Contains(t, []notify.Action{notify.ActionAcknowledge, notify.ActionEscalate, notify.ActionDecline,
			notify.ActionResolve}, action)
		require.Regexp(t, isCode, code)
		if len(text) < 190 {
			again, sameCode, _ := twilio.ParseReply(" " + text + ".")
			require.Equal(t, action, again)
			require.Equal(t, code, sameCode)
		}
	})
}

// What somebody may answer to an SMS.
func ExampleParseReply() {
	for _, text := range []string{"4 1234", "1234 ack", "Ich übernehme!", "who is this?"} {
		action, code, ok := twilio.ParseReply(text)
		fmt.Printf("%q %q %v\n", action, code, ok)
	}
	// Output:
	// "ack" "1234" true
	// "ack" "1234" true
	// "ack" "" true
	// "" "" false
}
