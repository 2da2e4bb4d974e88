// Package chart draws what simulated histories come to: how soon alerts are acknowledged, how often each person is paged, and
// how many nights that breaks; of one configuration, or of two side by side.
//
//	err := chart.SVG(w, chart.Options{}, chart.Side{Name: "today", Runs: a}, chart.Side{Name: "proposed", Runs: b})
//
// The picture is one well-formed SVG document without scripts, links, or anything else from elsewhere; its bytes depend on
// nothing but the arguments. It is light or dark, as the reader's system or browser prefers. Colour never stands alone: the
// second side has a dashed line and hatched bars. Text has the contrast that WCAG 2.2 asks for at level AA, and a description
// says in words what is drawn.
package chart
