package episode

import "github.com/watchbill/watchbill/internal/jsonw"

// SelfWriters returns an empty payload of each kind that writes itself.
func SelfWriters() []any {
	return []any{&opened{}, &acknowledged{}, &resolved{}, &found{}, &receipt{}, &ticked{}, &told{}, &queued{}}
}

// Written returns a payload as it is recorded.
func Written(payload any) ([]byte, error) { return written(&jsonw.Writer{}, payload) }

// EncodeView returns what is sent of an alert.
func EncodeView(e Episode) ([]byte, error) { return encodeView(&e) }
