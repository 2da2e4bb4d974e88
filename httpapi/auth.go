package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
)

// Principal is who makes a request.
type Principal struct {
	Name string           // of the key or login; recorded as via beside the person it speaks for
	Role catalog.Role     // what it may do
	User watchbill.UserID // the person it is; empty: it speaks for others
}

// ErrUnauthenticated is what Config.Authenticate returns for a request that its login knows nothing of: the API keys
// are tried then. Any other error is answered 503.
var ErrUnauthenticated = errors.New("httpapi: not logged in")

type principalKey struct{}

// principal returns who makes the request; only for handlers that [Handler.needs] let the request through to.
func principal(r *http.Request) Principal {
	who, _ := r.Context().Value(principalKey{}).(Principal)
	return who
}

// needs lets a request through to do if the caller may do what one of the roles may.
func (h *Handler) needs(do handler, roles ...catalog.Role) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := h.authenticate(r)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(roles, who.Role.Allows) {
			return problem(http.StatusForbidden, "this needs the role %s; %q has the role %s", roles[0], who.Name, who.Role)
		}
		return do(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, who)))
	}
}

func (h *Handler) authenticate(r *http.Request) (Principal, error) {
	if h.cfg.Authenticate == nil {
		return h.bearer(r)
	}
	who, err := h.cfg.Authenticate(r)
	if errors.Is(err, ErrUnauthenticated) {
		return h.bearer(r)
	}
	if err == nil && h.cross.Check(r) != nil {
		// A browser sends the cookies of a login along with what other sites make it send.
		err = problem(http.StatusForbidden, "the request comes from another site")
	}
	return who, err
}

// bearer finds the API key of a request. Looking its digest up in a map needs no constant time: who measures it learns
// about the SHA-256 of a guess, which leads no closer to a token.
func (h *Handler) bearer(r *http.Request) (Principal, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Principal{}, problem(http.StatusUnauthorized, "the header Authorization: Bearer TOKEN is missing")
	}
	key, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (catalog.Key, bool) { return org.Key(strings.TrimSpace(token)) })
	if err != nil {
		return Principal{}, err
	}
	if !ok {
		return Principal{}, problem(http.StatusUnauthorized, "the token is not known")
	}
	return Principal{Name: key.ID, Role: key.Role, User: key.User}, nil
}

// lookup finds a key in a recent configuration, which spares the store a read for every request, and only if it is not
// there in the one in force. So a new key works at once, and one that was taken out for a second more.
func lookup[V any](ctx context.Context, h *Handler, find func(*oncall.Org) (V, bool)) (V, bool, error) {
	org, err := h.orgs.get(ctx, h.now, h.cfg.Engine.Org)
	if err == nil {
		if v, ok := find(org); ok {
			return v, true, nil
		}
		org, err = h.cfg.Engine.Org(ctx)
	}
	if err != nil {
		var none V
		return none, false, err
	}
	v, ok := find(org)
	return v, ok, nil
}
