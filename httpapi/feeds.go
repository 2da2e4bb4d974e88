package httpapi

// feedRoutes is calendar feeds.
func (h *Handler) feedRoutes() {}
