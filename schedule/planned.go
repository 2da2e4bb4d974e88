package schedule

// Planned returns the schedule without its overrides: what was planned before anybody changed it.
func (s *Schedule) Planned() *Schedule {
	planned := *s
	planned.spec.Overrides, planned.overrides = nil, overrides{}
	return &planned
}
