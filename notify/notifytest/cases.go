package notifytest

import (
	"fmt"
	"net/http"
	"time"
)

// HTTPCases is how the answers of an HTTP server are classed: 2xx accepted; 408, 425, 429 and 5xx to be tried again,
// when the server says so; everything else final. The dates in it are relative to now, the provider's clock.
func HTTPCases(now time.Time) []Case {
	var cases []Case
	for _, code := range []int{200, 201, 202, 204} {
		cases = append(cases, httpCase(code, Accepted))
	}
	for _, code := range []int{400, 401, 403, 404, 405, 410, 413, 415, 422} {
		cases = append(cases, httpCase(code, Permanent))
	}
	for _, code := range []int{408, 425, 429, 500, 502, 503, 504} {
		cases = append(cases, httpCase(code, Transient))
	}
	date := now.Add(10 * time.Minute).UTC().Format(http.TimeFormat)
	for _, code := range []int{429, 503} {
		cases = append(cases,
			httpLater(code, "seconds", "7", 7*time.Second),
			httpLater(code, "date", date, 10*time.Minute))
		nonsense := httpCase(code, Transient)
		nonsense.Name += " with nonsense"
		nonsense.Answer.RetryAfter = "soon"
		cases = append(cases, nonsense)
	}
	return cases
}

func httpCase(code int, want Class) Case {
	return Case{Name: fmt.Sprint(code), Answer: Answer{Code: code}, Want: want}
}

func httpLater(code int, form, header string, after time.Duration) Case {
	return Case{
		Name:   fmt.Sprintf("%d with %s", code, form),
		Answer: Answer{Code: code, RetryAfter: header},
		Want:   Later, After: after,
	}
}

// SMTPCases is how the answers of a mail server are classed. Steps are the commands, "GREETING" and, for the answer to
// the message itself, ".". Before RCPT nothing is final, because nothing there is about the recipient
// or the message: MAIL is about the sender.
func SMTPCases() []Case {
	cases := []Case{smtpCase(".", 250, Accepted)}
	for _, step := range []string{"GREETING", "AUTH"} {
		cases = append(cases, smtpCase(step, 454, Transient), smtpCase(step, 535, Transient))
	}
	for _, code := range []int{421, 451, 530, 550, 553, 554} {
		cases = append(cases, smtpCase("MAIL", code, Transient))
	}
	for _, step := range []string{"RCPT", "DATA", "."} {
		cases = append(cases, smtpCase(step, 421, Transient), smtpCase(step, 451, Transient),
			smtpCase(step, 550, Permanent), smtpCase(step, 554, Permanent))
	}
	return append(cases, smtpCase("RCPT", 530, Transient)) // wants a password first
}

func smtpCase(step string, code int, want Class) Case {
	return Case{Name: fmt.Sprintf("%s %d", step, code), Answer: Answer{Step: step, Code: code}, Want: want}
}
