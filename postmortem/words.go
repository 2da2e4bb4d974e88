package postmortem

import "fmt"

// State says how far the document is.
type State uint8

// The states. The zero State is that of a postmortem which does not exist yet.
const (
	StateNone State = iota
	StateDraft
	StateReview
	StatePublished
)

var stateNames = [...]string{"none", "draft", "review", "published"}

// String returns the name in lower case.
func (s State) String() string { return nameOf(stateNames[:], uint8(s)) }

// MarshalText returns the name.
func (s State) MarshalText() ([]byte, error) { return textOf("state", stateNames[:], uint8(s)) }

// UnmarshalText accepts exactly the names that String returns.
func (s *State) UnmarshalText(text []byte) error {
	return valueOf("state", stateNames[:], text, (*uint8)(s))
}

// ItemKind says what an action item is good for.
type ItemKind uint8

// The kinds of action item. The zero ItemKind is none.
const (
	NoItemKind ItemKind = iota
	Prevent             // it shall not happen again
	Detect              // it shall be noticed sooner
	Contain             // it shall be less bad, or be over sooner
)

var itemKindNames = [...]string{"none", "prevent", "detect", "contain"}

// String returns the name in lower case.
func (k ItemKind) String() string { return nameOf(itemKindNames[:], uint8(k)) }

// MarshalText returns the name.
func (k ItemKind) MarshalText() ([]byte, error) { return textOf("kind", itemKindNames[:], uint8(k)) }

// UnmarshalText accepts exactly the names that String returns.
func (k *ItemKind) UnmarshalText(text []byte) error {
	return valueOf("kind", itemKindNames[:], text, (*uint8)(k))
}

// ItemState says how far an action item is.
type ItemState uint8

// The states of an action item. The zero ItemState is none.
const (
	NoItemState ItemState = iota
	ItemDiscuss           // on the agenda of the meeting, before there is a ticket
	ItemOpen              // agreed
	ItemDone
	ItemDropped
)

var itemStateNames = [...]string{"none", "discuss", "open", "done", "dropped"}

// String returns the name in lower case.
func (s ItemState) String() string { return nameOf(itemStateNames[:], uint8(s)) }

// MarshalText returns the name.
func (s ItemState) MarshalText() ([]byte, error) {
	return textOf("item state", itemStateNames[:], uint8(s))
}

// UnmarshalText accepts exactly the names that String returns.
func (s *ItemState) UnmarshalText(text []byte) error {
	return valueOf("item state", itemStateNames[:], text, (*uint8)(s))
}

func nameOf(names []string, v uint8) string {
	if int(v) >= len(names) {
		return "unknown"
	}
	return names[v]
}

func textOf(kind string, names []string, v uint8) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, fmt.Errorf("postmortem: %s %d does not exist", kind, v)
	}
	return []byte(names[v]), nil
}

func valueOf(kind string, names []string, text []byte, v *uint8) error {
	for i, n := range names {
		if string(text) == n {
			*v = uint8(i)
			return nil
		}
	}
	return fmt.Errorf("postmortem: unknown %s %q; use one of %v", kind, text, names)
}
