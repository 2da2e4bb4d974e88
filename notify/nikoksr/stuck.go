package nikoksr

import "sync"

// stuck counts the sends whose time was up before the service came back.
type stuck struct {
	each, all int

	mu    sync.Mutex
	by    map[string]int // address -> sends; without zeros
	total int
}

// room reports whether one more may become stuck.
func (s *stuck) room(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[address] < s.each && s.total < s.all
}

func (s *stuck) add(address string, n int) {
	s.total += n
	if s.by[address] += n; s.by[address] == 0 {
		delete(s.by, address)
	}
}

// send is one call of a service.
type send struct {
	stuck   *stuck
	address string
	done    chan error // of one

	finished, abandoned bool // under stuck.mu
}

// finish is called when the service has come back.
func (s *send) finish(err error) {
	s.stuck.mu.Lock()
	s.finished = true
	if s.abandoned {
		s.stuck.add(s.address, -1)
	}
	s.stuck.mu.Unlock()
	s.done <- err
}

// abandon is called when nobody waits any longer.
func (s *send) abandon() {
	s.stuck.mu.Lock()
	defer s.stuck.mu.Unlock()
	if !s.finished {
		s.abandoned = true
		s.stuck.add(s.address, 1)
	}
}
