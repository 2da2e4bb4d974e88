package cover

import "fmt"

// Kind says what a request is about.
type Kind uint8

// The kinds. The zero Kind is that of a request which does not exist yet.
const (
	None     Kind = iota
	Taken         // "take_over": somebody took a duty, without being asked
	Coverage      // "request": others were asked to cover
	Swapped       // "swap": two people change duties
)

var (
	kindNames  = [...]string{"none", "take_over", "request", "swap"}
	kindTitles = [...]string{"none", "take-over", "cover request", "swap"}
)

// title is the kind in the explanation of an override.
func (k Kind) title() string { return nameOf(kindTitles[:], uint8(k)) }

// String returns the name in lower case.
func (k Kind) String() string { return nameOf(kindNames[:], uint8(k)) }

// MarshalText returns the name.
func (k Kind) MarshalText() ([]byte, error) { return textOf("kind", kindNames[:], uint8(k)) }

// UnmarshalText accepts exactly the names that String returns.
func (k *Kind) UnmarshalText(text []byte) error {
	return valueOf("kind", kindNames[:], text, (*uint8)(k))
}

// State says how far a request is.
type State uint8

// The states.
const (
	Open      State = iota // somebody is to answer
	Covered                // agreed in whole
	Declined               // everybody who was asked said no
	Cancelled              // not needed any more; what was agreed before stays
	Withdrawn              // what was agreed holds no longer
	Expired                // its time has passed
)

var stateNames = [...]string{"open", "covered", "declined", "cancelled", "withdrawn", "expired"}

// String returns the name in lower case.
func (s State) String() string { return nameOf(stateNames[:], uint8(s)) }

// MarshalText returns the name.
func (s State) MarshalText() ([]byte, error) { return textOf("state", stateNames[:], uint8(s)) }

// UnmarshalText accepts exactly the names that String returns.
func (s *State) UnmarshalText(text []byte) error {
	return valueOf("state", stateNames[:], text, (*uint8)(s))
}

func nameOf(names []string, v uint8) string {
	if int(v) >= len(names) {
		return "unknown"
	}
	return names[v]
}

func textOf(what string, names []string, v uint8) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("cover: %s %d does not exist", what, v)
	}
	return []byte(names[v]), nil
}

func valueOf(what string, names []string, text []byte, v *uint8) error {
	for i, n := range names {
		if string(text) == n {
			*v = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("cover: unknown %s %q; use one of %v", what, text, names)
}
