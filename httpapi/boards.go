package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/timeline"
)

// boardRoutes are what people set on status pages by hand. The pages themselves are public, see [Pages].
func (h *Handler) boardRoutes() {
	h.handle("/api/v1/pages", methods{"GET": h.needs(h.listPages, catalog.RoleViewer)})
	h.handle("/api/v1/pages/{id}", methods{"GET": h.needs(h.getPage, catalog.RoleViewer)})
	commandRoutes(h, "/api/v1/pages/{id}", boardCommands(), h.cfg.Engine.Board)
}

// boardCommands are what can be done with a page's board, by the last word of the path.
func boardCommands() map[string]func(spoken) (statuspage.Command, error) {
	type by = timeline.By
	type command = statuspage.Command
	return map[string]func(spoken) (statuspage.Command, error){
		"component": commandOf(func(c statuspage.SetComponent, b by) command { c.By = b; return c }),
		"schedule":  commandOf(func(c statuspage.Schedule, b by) command { c.By = b; return c }),
		"tell":      commandOf(func(c statuspage.Tell, b by) command { c.By = b; return c }),
		"move":      commandOf(func(c statuspage.Move, b by) command { c.By = b; return c }),
		"complete":  commandOf(func(c statuspage.Complete, b by) command { c.By = b; return c }),
		"cancel":    commandOf(func(c statuspage.Cancel, b by) command { c.By = b; return c }),
	}
}

// pageLine is a status page in a list.
type pageLine struct {
	ID   watchbill.PageID `json:"id"`
	Name string           `json:"name"`
	URL  string           `json:"url"`
}

func (h *Handler) listPages(w http.ResponseWriter, r *http.Request) error {
	org, err := h.cfg.Engine.Org(r.Context())
	if err != nil {
		return err
	}
	lines := []pageLine{}
	for _, p := range org.Config().Catalog.Pages {
		lines = append(lines, pageLine{p.ID, p.DisplayName(), h.pageURL(p.ID)})
	}
	return answer(w, http.StatusOK, struct {
		Pages []pageLine `json:"pages"`
	}{lines})
}

func (h *Handler) pageURL(id watchbill.PageID) string {
	return h.links.address("/status/" + string(id))
}

// getPage answers with what visitors read, as summary.json has it, and with the board.
func (h *Handler) getPage(w http.ResponseWriter, r *http.Request) error {
	id := watchbill.PageID(r.PathValue("id"))
	v, err := h.cfg.Engine.Page(r.Context(), h.now(), id, h.pageURL(id))
	if err != nil {
		return err
	}
	b, err := h.cfg.Engine.PageBoard(r.Context(), id)
	if err != nil {
		return err
	}
	summary, _ := v.JSON("summary")
	return answer(w, http.StatusOK, struct {
		URL     string           `json:"url"`
		Summary json.RawMessage  `json:"summary"`
		Board   statuspage.Board `json:"board"`
	}{h.pageURL(id), summary, b})
}
