package route
// Template x
type Template struct{ Mapping Mapping }
// Ready x
func Ready() map[string]Template { return map[string]Template{} }
