package notice

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

// OfContact returns a notice about a contact of somebody: [ContactDead] or [Canary].
func OfContact(kind Kind, user watchbill.UserID, contact notify.ContactID, at time.Time) Notice {
	n := Notice{Kind: kind, User: user, At: watchbill.Stamp(at)}
	return n.named(contact, n.At.UnixMicro())
}
