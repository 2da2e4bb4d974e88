package httpapi

// chartRoutes is pictures of schedules.
func (h *Handler) chartRoutes() {}
