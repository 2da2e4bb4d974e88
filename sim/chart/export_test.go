package chart

// Contrast is a pair of colours in each theme, and how much they must differ.
type Contrast struct {
	Light, Dark [2]string
	Least       float64
}

// Contrasts are the pairs of inks that must differ: words from what they stand on, lines and bars from paper.
func Contrasts() map[string]Contrast {
	all := map[string]Contrast{}
	for _, i := range []ink{words, quiet} {
		all[i.class] = Contrast{[2]string{i.light, paper.light}, [2]string{i.dark, paper.dark}, 4.5}
	}
	for _, i := range sideInks {
		all[i.class] = Contrast{[2]string{i.light, paper.light}, [2]string{i.dark, paper.dark}, 3}
	}
	return all
}
