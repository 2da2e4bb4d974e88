package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"
)

// manyRules are a hundred rules of a source. They change what people read, and never who is paged.
//
//go:embed testdata/rules.json
var manyRules string

const rulesRate = 1000 // signals a second

// rules measures what a hundred rules cost a signal, beside the same signals without any.
func rules(s settings) error {
	kinds := []struct{ name, handling string }{
		{"without rules", ""},
		{"100 rules", ", rules: " + strings.ReplaceAll(manyRules, "\n", " ")},
	}
	answer50, answer99, page99, cpu := make([]spread, 2), make([]spread, 2), make([]spread, 2), make([]spread, 2)
	for range s.runs {
		for i, k := range kinds {
			m, err := rulesOnce(s, k.handling)
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			answer50[i] = append(answer50[i], ms(quantile(m.answers, .5)))
			answer99[i] = append(answer99[i], ms(quantile(m.answers, .99)))
			page99[i] = append(page99[i], ms(quantile(m.pages, .99)))
			cpu[i] = append(cpu[i], float64(m.cpu.Microseconds()))
		}
	}
	s.out.head("rules: ms, %d signals/s; %s", rulesRate, labelOf(s.db))
	for i, k := range kinds {
		s.out.row(k.name+": from due to the answer, p50", answer50[i])
		s.out.row("    p99", answer99[i])
		s.out.row("    from due to the page, p99", page99[i])
		s.out.row("    processor time of the server a signal, µs", cpu[i])
	}
	s.out.note("ratio of medians: p50 %.2f, p99 %.2f, processor time %.2f", answer50[1].median()/answer50[0].median(),
		answer99[1].median()/answer99[0].median(), cpu[1].median()/cpu[0].median())
	return nil
}

// ruled is what one run with or without rules took; the durations are sorted.
type ruled struct {
	answers, pages []time.Duration
	cpu            time.Duration // of one signal
}

func rulesOnce(s settings, handling string) (m ruled, err error) {
	good, phone, err := twoSinks()
	if err != nil {
		return m, err
	}
	defer good.close()
	defer phone.close()
	sub, err := s.start(good.addr, phone.addr, handling)
	if err != nil {
		return m, err
	}
	defer sub.stop()
	sh, a, stamp, used := shop(), newAnswers(), time.Now().UnixNano(), sub.cpu()
	m.answers = make([]time.Duration, int(rulesRate*s.duration.Seconds()))
	err = paced(sub.addr, 64, len(m.answers), rulesRate, func(conn *sender, i int, due time.Time) error {
		key := fmt.Sprintf("%d-%d", stamp, i)
		a.note(key, due)
		status, err := conn.post(sh.path, sh.body(key))
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("answered %d", status)
		}
		m.answers[i] = time.Since(due)
		return err
	})
	if err != nil {
		return m, err
	}
	settle(phone, len(m.answers), 10*time.Second)
	m.cpu = (sub.cpu() - used) / time.Duration(len(m.answers))
	if err := ruledAs(sub.addr, handling != ""); err != nil {
		return m, err
	}
	if m.pages = a.delays(phone.arrivals()); len(m.pages) != len(m.answers) {
		return m, fmt.Errorf("%d signals, but %d pages", len(m.answers), len(m.pages))
	}
	slices.Sort(m.answers)
	return m, nil
}

// ruledAs makes sure that the rules were applied, or that there were none.
func ruledAs(addr string, wanted bool) error {
	conn, err := dial(addr)
	if err != nil {
		return err
	}
	defer conn.conn.Close()
	var page struct {
		Alerts []struct{ Labels map[string]string }
	}
	if err := conn.read("/api/v1/alerts?service=mall&limit=200", &page); err != nil {
		return err
	}
	for _, a := range page.Alerts {
		if (a.Labels["runbook"] == "https://runbooks.example/db-7") != wanted {
			return fmt.Errorf("rules applied: %v, but an alert has the labels %v", wanted, a.Labels)
		}
	}
	return nil
}

// shop is a signal that has something for every kind of rule to look at.
func shop() shape {
	return shape{generic("bad").path, func(key string) string {
		return fmt.Sprintf(`{"dedup_key":%q,"summary":"disk of db-7 is 97%% full","severity":"critical","labels":{"host":"db-7",`+
			`"team":"team-07","env":"prod","region":"eu-central-1","job":"node"},"details":{"value":97.2,"limit":"90","unit":"percent"}}`, key)
	}}
}
