package httpapi

// coverRoutes is take-overs, coverage requests, swaps, and everybody's own duties.
func (h *Handler) coverRoutes() {}
