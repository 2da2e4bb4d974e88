package httpapi

// rosterRoutes is fairness, pay and the planner.
func (h *Handler) rosterRoutes() {}
