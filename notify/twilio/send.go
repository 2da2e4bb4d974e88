package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

const (
	maxAnswer     = 64 << 10  // bytes of an answer that are read
	maxRetryAfter = time.Hour // a page must not wait longer on the word of a server
)

// text sends m as an SMS.
func (a *Account) text(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	form := url.Values{"Body": {a.config.Words.Text(words.SMS, m)}, "From": {a.config.From}}
	if strings.HasPrefix(a.config.From, "MG") && len(a.config.From) == 34 {
		form.Del("From")
		form.Set("MessagingServiceSid", a.config.From)
	}
	return a.post(ctx, "Messages.json", m, form)
}

// call calls and speaks m.
func (a *Account) call(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	form := url.Values{"From": {a.config.VoiceFrom}, "Twiml": {a.greeting(m)}}
	return a.post(ctx, "Calls.json", m, form)
}

var errNumber = errors.New("twilio: the contact's address is not a phone number such as +4930123456")

// post creates a message or a call.
func (a *Account) post(ctx context.Context, resource string, m notify.Message, form url.Values) (notify.Receipt, error) {
	if !IsNumber(m.Contact.Address) {
		return notify.Receipt{}, notify.Permanent(errNumber)
	}
	form.Set("To", m.Contact.Address)
	form.Set("StatusCallback", a.callback("/status", url.Values{"alert": {string(m.Alert)}, "message": {string(m.ID)}}))
	ctx, cancel := context.WithTimeout(ctx, a.config.Timeout)
	defer cancel()
	address := a.config.BaseURL + "/2010-04-01/Accounts/" + a.config.Account + "/" + resource
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return notify.Receipt{}, errors.New("twilio: the base URL is not an address")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", "Watchbill")
	req.SetBasicAuth(a.config.Account, a.config.Token)
	res, err := a.client.Do(req)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("twilio: %s: %w", a.host, cause(err))
	}
	defer res.Body.Close()
	return a.classify(res)
}

func (a *Account) callback(path string, query url.Values) string {
	return a.config.Callback + path + "?" + query.Encode()
}

// cause returns err without the address that net/http puts before it, and without what the other side sent: that may
// repeat the number or the token.
func cause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if strings.Contains(err.Error(), "malformed") {
		return errors.New("the answer is not HTTP")
	}
	return err
}

// answer is what is read of an answer: of a success sid, of a refusal code.
type answer struct {
	SID  string `json:"sid"`
	Code int    `json:"code"`
}

// classify makes of an answer a receipt, or the error that tells the engine what to do next. It quotes nothing, because the
// provider's texts repeat numbers.
func (a *Account) classify(res *http.Response) (notify.Receipt, error) {
	var body answer
	_ = json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&body) // without it, the status must do
	if res.StatusCode/100 == 2 {
		return notify.Receipt{ProviderID: shortened(body.SID, 64)}, nil
	}
	err := fmt.Errorf("twilio: %s answered %d %s%s", a.host, res.StatusCode, http.StatusText(res.StatusCode), explain(body.Code))
	if permanent(res.StatusCode, body.Code) {
		return notify.Receipt{}, notify.Permanent(err)
	}
	if after, ok := retryAfter(res.Header.Get("Retry-After"), a.now()); ok {
		err = &notify.RetryError{After: after, Err: err}
	}
	return notify.Receipt{}, err
}

// shortened returns s if it is short and plain, as every identifier of the provider is; else nothing.
func shortened(s string, limit int) string {
	if len(s) > limit || !isSID(s) {
		return ""
	}
	return s
}

// unreachable are the error codes that are about the recipient, and what they mean
// (https://www.twilio.com/docs/api/errors).
func unreachable(code int) string {
	switch code {
	case 21211, 21401, 21421, 13223, 13224:
		return "this is not a valid phone number"
	case 21214, 21217, 21612:
		return "this number cannot be reached"
	case 21604:
		return "there is no recipient"
	case 21610:
		return "the recipient has replied STOP"
	case 21614, 21635:
		return "this is not a mobile number"
	}
	return ""
}

func explain(code int) string {
	switch reason := unreachable(code); {
	case code == 0:
		return ""
	case reason == "":
		return fmt.Sprintf(" (error %d)", code)
	default:
		return fmt.Sprintf(" (error %d: %s)", code, reason)
	}
}

// permanent reports whether a repeat cannot mend a refusal. What has a code that is not about the recipient is about the
// account, and its operator can mend that; so are 401, 403 and 404.
func permanent(status, code int) bool {
	switch {
	case unreachable(code) != "":
		return true
	case code != 0 || status/100 == 5:
		return false
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return true
}

// retryAfter reads the header of that name: seconds, or an HTTP date. It reports false for anything else.
func retryAfter(header string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(header, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second, true
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), maxRetryAfter), true
}
