package memory

import "slices"

type valuesTx struct{ *tx }

// Get returns a value, nil if there is none.
func (t valuesTx) Get(name string) ([]byte, error) {
	if err := t.reads(); err != nil {
		return nil, err
	}
	return slices.Clone(t.s.values[name]), nil
}

// Set replaces a value, or removes it if empty.
func (t valuesTx) Set(name string, value []byte) error {
	if err := t.writes(); err != nil {
		return err
	}
	old := t.s.values[name]
	t.onRollback(func() { t.set(name, old) })
	t.set(name, slices.Clone(value))
	return nil
}

func (t valuesTx) set(name string, value []byte) {
	if len(value) == 0 {
		delete(t.s.values, name)
		return
	}
	t.s.values[name] = value
}
