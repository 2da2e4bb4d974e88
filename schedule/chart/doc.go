// Package chart draws schedules: who is on call over a week, a month or a year, as a picture for people and as a table
// for terminals and screen readers.
//
//	err := chart.SVG(w, s, chart.Options{From: monday, To: monday.AddDate(0, 0, 28), Names: displayName})
//	err = chart.Text(w, s, chart.Options{Now: now})
//
// # The picture
//
// Each layer and site has a row, as if there were no other; what is further down hides what is above it, unless all
// count together. Below are the overrides,
// with who stands in for whom, and at the bottom, larger, the final line: who is on call. Where nobody is, it is red. A
// line across the picture marks each change of the clocks, each beginning of a new version of the schedule, and now.
// Days are equally wide, also those of 23 or 25 hours, and weekends are shaded.
//
// Up to six weeks are one timeline, or one for each week where the picture is narrow. Anything longer, up to two years
// and a day, has a row of days for each month.
//
// # Who can read it
//
// Colour never stands alone: each person also has a pattern and initials, a gap is hatched both ways and called
// "nobody", a shift that an override gave has a dashed edge. Text has at least the contrast that WCAG 2.2 asks for at
// level AA, in both themes, and is left out where it would not fit. The picture has a title, and a description that
// says in words who is on call how often, and when nobody is; each bar has a title with its person, times and reason.
// [Text] has all of it without any picture.
//
// # Where it can be put
//
// The picture is one well-formed SVG document without scripts, links, or anything else from elsewhere. It can be saved,
// served, or put into a page as it is, and its bytes depend on nothing but the arguments. The themes Light and Dark are
// presentation attributes only, so they pass any Content-Security-Policy; Auto has one style element besides, the same
// in every picture, which [CSP] allows. Where it is forbidden, Auto is Light.
//
// # Size
//
// A picture has at most 2,500 bars, however often people change. Where there would be more, and where bars would be too
// narrow to see, neighbours become one hatched block that says how often it changes. That keeps pictures below 1 MB
// with names of up to 30 letters, and below 8 MB with the worst of names. Of more than 12 layers, those with the
// highest precedence are drawn; of more than six people at once, the first five and how many more there are. The
// picture says so.
package chart
