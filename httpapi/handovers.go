package httpapi

// handoverRoutes is the hand-over of shifts.
func (h *Handler) handoverRoutes() {}
