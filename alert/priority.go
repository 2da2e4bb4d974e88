package alert

import "fmt"

// Priority says in which order work on alerts is best done, apart from how bad each is: 1, the first, to 5. The zero value
// is none, which comes after all. It does not decide who is paged.
type Priority uint8

// MaxPriority is the last of the priorities, P5.
const MaxPriority Priority = 5

// String returns "P1" to "P5", or "none".
func (p Priority) String() string {
	if p == 0 || p > MaxPriority {
		return "none"
	}
	return string([]byte{'P', '0' + byte(p)})
}

// MarshalText returns "P1" to "P5"; none is empty text.
func (p Priority) MarshalText() ([]byte, error) {
	switch {
	case p > MaxPriority:
		return nil, fmt.Errorf("alert: priority %d does not exist", p)
	case p == 0:
		return []byte{}, nil
	}
	return []byte(p.String()), nil
}

// UnmarshalText accepts exactly what MarshalText returns.
func (p *Priority) UnmarshalText(text []byte) error {
	switch {
	case len(text) == 0:
		*p = 0
	case len(text) == 2 && text[0] == 'P' && text[1] >= '1' && text[1] <= '5':
		*p = Priority(text[1] - '0')
	default:
		return fmt.Errorf("alert: unknown priority %q; use P1, P2, P3, P4 or P5", text)
	}
	return nil
}

// Before reports whether p is to be worked on before q.
func (p Priority) Before(q Priority) bool { return p != 0 && (q == 0 || p < q) }
