package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// spread is several measurements of one thing.
type spread []float64

// sorted returns the minimum, median and maximum; zeros where nothing was measured.
func (s spread) sorted() (least, middle, most float64) {
	if len(s) == 0 {
		return 0, 0, 0
	}
	v := slices.Sorted(slices.Values(s))
	return v[0], v[len(v)/2], v[len(v)-1]
}

func (s spread) median() float64 { _, v, _ := s.sorted(); return v }
func (s spread) max() float64    { _, _, v := s.sorted(); return v }

// MarshalJSON gives what is read of a spread, and all of it.
func (s spread) MarshalJSON() ([]byte, error) {
	least, middle, most := s.sorted()
	return json.Marshal(map[string]any{"min": least, "median": middle, "max": most, "runs": []float64(s)})
}

// report is what was measured, as it is printed.
type report struct {
	Machine machine   `json:"machine"`
	Tables  []*table  `json:"tables"`
	Budgets []verdict `json:"budgets,omitempty"`
	live    io.Writer // where rows are printed as they come; nil: only at the end
}

// table is what one scenario measured.
type table struct {
	Title string   `json:"title"`
	Rows  []line   `json:"rows"`
	Notes []string `json:"notes,omitempty"`
}

type line struct {
	Name   string `json:"name"`
	Values spread `json:"values"`
}

// verdict is a budget beside what was measured.
type verdict struct {
	What    string `json:"what"`
	Must    string `json:"must"`
	Values  spread `json:"values"`
	Reached bool   `json:"reached"`
}

func (r *report) head(format string, args ...any) {
	t := &table{Title: fmt.Sprintf(format, args...)}
	r.Tables = append(r.Tables, t)
	r.printf("\n%-58s %10s %10s %10s\n", t.Title, "min", "median", "max")
}

func (r *report) row(name string, s spread) {
	t := r.Tables[len(r.Tables)-1]
	t.Rows = append(t.Rows, line{name, s})
	least, middle, most := s.sorted()
	r.printf("%-58s %10s %10s %10s\n", name, digits(least), digits(middle), digits(most))
}

func (r *report) note(format string, args ...any) {
	t := r.Tables[len(r.Tables)-1]
	t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
	r.printf("%s\n", t.Notes[len(t.Notes)-1])
}

// budget says whether a figure is what it must be, by its median.
func (r *report) budget(what, must string, s spread, reached func(float64) bool) {
	v := verdict{what, must, s, len(s) > 0 && reached(s.median())}
	r.Budgets = append(r.Budgets, v)
	r.printf("budget: %s: must be %s: %s\n", what, must, v.word())
}

func under(limit float64) func(float64) bool   { return func(v float64) bool { return v < limit } }
func atMost(limit float64) func(float64) bool  { return func(v float64) bool { return v <= limit } }
func atLeast(limit float64) func(float64) bool { return func(v float64) bool { return v >= limit } }

func (v verdict) word() string {
	switch {
	case len(v.Values) == 0:
		return "not measured"
	case v.Reached:
		return "reached"
	}
	return "NOT REACHED"
}

func (r *report) printf(format string, args ...any) {
	if r.live != nil {
		fmt.Fprintf(r.live, format, args...)
	}
}

// digits writes a figure with as many places as mean something.
func digits(v float64) string {
	switch {
	case v == float64(int64(v)) && v < 1e15:
		return fmt.Sprintf("%d", int64(v))
	case v < 0.1 && v > -0.1:
		return fmt.Sprintf("%.4f", v)
	case v < 10 && v > -10:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// markdown writes the whole report: first the budgets, then every table.
func (r *report) markdown(w io.Writer, title string) {
	fmt.Fprintf(w, "# %s\n\n%s\n\n    %s\n", title, r.Machine, r.Machine.Command)
	if len(r.Budgets) > 0 {
		fmt.Fprint(w, "\n| what | must be | min | median | max | |\n|---|---|---|---|---|---|\n")
		for _, v := range r.Budgets {
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", v.What, v.Must, cells(v.Values), v.word())
		}
		fmt.Fprint(w, "\nA budget is judged by the median. Everything that was measured:\n")
	}
	for _, t := range r.Tables {
		fmt.Fprintf(w, "\n| %s | min | median | max |\n|---|---|---|---|\n", t.Title)
		for _, l := range t.Rows {
			fmt.Fprintf(w, "| %s | %s |\n", strings.TrimSpace(l.Name), cells(l.Values))
		}
		for _, n := range t.Notes {
			fmt.Fprintf(w, "\n%s\n", n)
		}
	}
}

func cells(s spread) string {
	if len(s) == 0 {
		return "- | - | -"
	}
	least, middle, most := s.sorted()
	return digits(least) + " | " + digits(middle) + " | " + digits(most)
}
