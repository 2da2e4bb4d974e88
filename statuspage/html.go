package statuspage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
)

// Renderer writes views as web pages, which need no script. It may be used by several goroutines at once. Make one with
// [NewRenderer].
type Renderer struct {
	page  *template.Template
	style template.CSS
	csp   string
}

// NewRenderer parses the template.
func NewRenderer() *Renderer {
	css := strings.NewReplacer("\n  ", "", "\n", "", ": ", ":", "; ", ";", ", ", ",", " {", "{", "{ ", "{", ";}", "}", "; }", "}").Replace(pageCSS)
	style := sha256.Sum256([]byte(css))
	return &Renderer{
		page:  template.Must(template.New("page").Parse(pageHTML)),
		style: template.CSS(css),
		csp: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
			"'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
	}
}

// CSP returns the Content-Security-Policy under which the pages work: nothing is allowed but their own style.
func (r *Renderer) CSP() string { return r.csp }

// HTML writes the page.
func (r *Renderer) HTML(v View) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(64 << 10)
	if err := r.page.ExecuteTemplate(&out, "page", v.screen(r.style)); err != nil {
		return nil, fmt.Errorf("statuspage: page %s: %w", v.ID, err)
	}
	return out.Bytes(), nil
}

// Incident writes the page of one incident or maintenance with all its texts; false if the view has none of this ID.
func (r *Renderer) Incident(v View, id string) ([]byte, bool, error) {
	for _, list := range [][]Notice{v.Incidents, v.Maintenance} {
		for _, n := range list {
			if n.ID != id {
				continue
			}
			var out bytes.Buffer
			if err := r.page.ExecuteTemplate(&out, "single", v.single(n, r.style)); err != nil {
				return nil, true, fmt.Errorf("statuspage: page %s, %s: %w", v.ID, id, err)
			}
			return out.Bytes(), true, nil
		}
	}
	return nil, false, nil
}
