package httpapi

// checkRoutes is proofs over the configuration and comparisons.
func (h *Handler) checkRoutes() {}
