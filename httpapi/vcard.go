package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

// Sender is an address from which messages come.
type Sender struct {
	Channel string // sms, voice or email
	Address string // a number as +4930123456, or an e-mail address
}

// vcardRoutes is the system's own address card. Whoever has it on a phone sees who calls, and can let it through at night.
func (h *Handler) vcardRoutes() {
	h.handle("/contacts/{file}", methods{"GET": h.vcardOf})
	h.handle("/api/v1/senders.vcf", methods{"GET": h.needs(h.sendersCard, catalog.RoleViewer)})
	h.handle("/api/v1/users/{id}/senders", methods{"GET": h.needs(h.sendersURL, catalog.RoleViewer)})
}

// SendersURL returns the address of the card with all addresses from which messages come, for somebody's phone: it needs no
// login. It is empty without a key.
func (l Links) SendersURL(u watchbill.UserID) string {
	token := purposeSenders.seal(l.Key, string(u))
	if token == "" {
		return ""
	}
	return l.address("/contacts/" + token + ".vcf")
}

// sendersURL hands out the address of the card.
func (h *Handler) sendersURL(w http.ResponseWriter, r *http.Request) error {
	id, err := person(r)
	if err != nil {
		return err
	}
	if who := principal(r); who.User != id && who.Role != catalog.RoleAdmin {
		return problem(http.StatusForbidden, "%q gets nobody else's card; ask for me", who.Name)
	}
	_, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (catalog.User, bool) { return org.User(id) })
	if err != nil {
		return err
	}
	if !ok {
		return problem(http.StatusNotFound, "there is no user %q", id)
	}
	address := h.links.SendersURL(id)
	if address == "" {
		return problem(http.StatusNotFound, "there is no such address: the server has no signing key, or the ID is too long")
	}
	return answer(w, http.StatusOK, calendarAnswer{address})
}

// vcardOf serves the card to whoever has its address, as long as the person is there.
func (h *Handler) vcardOf(w http.ResponseWriter, r *http.Request) error {
	token, isCard := strings.CutSuffix(r.PathValue("file"), ".vcf")
	said, ok := purposeSenders.open(h.links.Key, token, 1)
	if !ok || !isCard {
		return nothingHere(w, r)
	}
	_, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (catalog.User, bool) { return org.User(watchbill.UserID(said[0])) })
	if err != nil {
		return err
	}
	if !ok {
		return nothingHere(w, r)
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	return h.sendersCard(w, r)
}

// sendersCard serves the card.
func (h *Handler) sendersCard(w http.ResponseWriter, r *http.Request) error {
	var senders []Sender
	if h.cfg.Senders != nil {
		senders = h.cfg.Senders()
	}
	rev, err := h.sendersSince(r, senders)
	if err != nil {
		return err
	}
	data := vcard(h.cfg.PublicURL, senders, rev)
	sum := sha256.Sum256(data)
	header := w.Header()
	header.Set("Content-Type", "text/vcard; charset=utf-8")
	header.Set("Content-Disposition", `attachment; filename="watchbill.vcf"`)
	header.Set("Cache-Control", "private, max-age=300")
	header.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", rev, bytes.NewReader(data))
	return nil
}

// sendersName is the value of the store that says since when the addresses are what they are.
const sendersName = "httpapi.senders"

// sendersSince returns since when the senders are these, which it notes when they have changed.
func (h *Handler) sendersSince(r *http.Request, senders []Sender) (time.Time, error) {
	type noted struct {
		Digest catalog.Digest `json:"digest"`
		Since  time.Time      `json:"since"`
	}
	now := noted{catalog.DigestOf(fmt.Sprint(h.cfg.PublicURL, senders)), h.now().Truncate(time.Second)}
	read := func(tx store.Tx) (is noted, err error) {
		data, err := tx.Values().Get(sendersName)
		_ = json.Unmarshal(data, &is) // what cannot be read has changed
		return is, err
	}
	var is noted
	err := h.cfg.Store.View(r.Context(), func(tx store.Tx) (err error) {
		is, err = read(tx)
		return err
	})
	if err != nil || is.Digest == now.Digest {
		return is.Since, err
	}
	err = h.cfg.Store.Update(r.Context(), func(tx store.Tx) error {
		if is, err = read(tx); err != nil || is.Digest == now.Digest {
			return err
		}
		is = now
		data, err := json.Marshal(now)
		if err != nil {
			return err
		}
		return tx.Values().Set(sendersName, data)
	})
	return is.Since, err
}

// vcard writes the card, as RFC 6350 has it. Its UID follows from the server's address, so that the card of tomorrow takes
// the place of that of today.
func vcard(publicURL string, senders []Sender, rev time.Time) []byte {
	sum := sha256.Sum256([]byte("watchbill: card\x00" + publicURL))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8, RFC 9562: of our own making
	id := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	lines := []string{"BEGIN:VCARD", "VERSION:4.0", "PRODID:-//Watchbill//Watchbill//EN", "UID:urn:uuid:" + id, "KIND:org",
		"FN:Watchbill", "N:Watchbill;;;;", "ORG:Watchbill", "REV:" + rev.UTC().Format("20060102T150405Z")}
	types := map[string][]string{} // of each number
	var numbers []string
	for _, s := range senders {
		switch s.Channel {
		case "email":
			lines = append(lines, "EMAIL;TYPE=work:"+vcardText(s.Address))
		case "sms", "voice":
			if types[s.Address] == nil {
				numbers = append(numbers, s.Address)
			}
			types[s.Address] = append(types[s.Address], map[string]string{"sms": "text", "voice": "voice"}[s.Channel])
		}
	}
	for _, n := range numbers {
		lines = append(lines, `TEL;VALUE=text;TYPE="`+strings.Join(append([]string{"work"}, types[n]...), ",")+`":`+vcardText(n))
	}
	if publicURL != "" {
		lines = append(lines, "URL:"+publicURL)
	}
	lines = append(lines, "NOTE:"+vcardText("Pages come from here. Let this contact through when the phone is silent."), "END:VCARD")
	var b bytes.Buffer
	for _, l := range lines {
		fold(&b, l)
	}
	return b.Bytes()
}

func vcardText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`).Replace(s)
}

// fold writes a line of at most 75 bytes, and the rest on further ones that begin with a space; no letter is cut in two.
func fold(b *bytes.Buffer, line string) {
	room := 75
	for len(line) > room {
		n := room
		for n > 1 && !utf8.RuneStart(line[n]) {
			n--
		}
		b.WriteString(line[:n] + "\r\n ")
		line, room = line[n:], 74
	}
	b.WriteString(line + "\r\n")
}
