package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/statuspage"
)

// refusal returns the problem of a command that the domain refuses; nil for any other error.
func refusal(err error) *Problem {
	var missing *engine.MissingError
	if errors.As(err, &missing) {
		return problem(http.StatusNotFound, "there is no %s %q", missing.Kind, missing.ID)
	}
	if fields := fieldErrors(err); len(fields) > 0 {
		return invalid(http.StatusUnprocessableEntity, fields...)
	}
	for _, known := range []error{incident.ErrResolved, incident.ErrExists, incident.ErrMissing,
		postmortem.ErrExists, postmortem.ErrMissing, postmortem.ErrPublished, postmortem.ErrUnpublished, postmortem.ErrUnreviewed,
		statuspage.ErrOver, cover.ErrExists, cover.ErrMissing, cover.ErrOver, engine.ErrInFile} {
		if errors.Is(err, known) {
			return problem(http.StatusConflict, "%s", reasonOf(strings.TrimPrefix(err.Error(), "engine: ")))
		}
	}
	return nil
}

// fieldErrors finds every field that a joined error names.
func fieldErrors(err error) (all []FieldError) {
	switch err := err.(type) {
	case *incident.FieldError:
		return []FieldError{{err.Field, err.Reason}}
	case *postmortem.FieldError:
		return []FieldError{{err.Field, err.Reason}}
	case *engine.CommandError:
		return []FieldError{{err.Field, err.Reason}}
	case *mute.FieldError:
		return []FieldError{{muteField(err.Path), err.Reason}}
	case *catalog.FieldError:
		return []FieldError{{err.Path, err.Reason}}
	case *cover.FieldError:
		return []FieldError{{err.Field, err.Reason}}
	case *handover.FieldError:
		return []FieldError{{err.Field, err.Reason}}
	case *statuspage.FieldError:
		return []FieldError{{err.Field, err.Reason}}
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			all = append(all, fieldErrors(e)...)
		}
	case interface{ Unwrap() error }:
		return fieldErrors(err.Unwrap())
	}
	return all
}

// muteField is what the API calls a field that a configuration file has by another name.
func muteField(path string) string {
	switch path {
	case "from":
		return "starts_at"
	case "to":
		return "ends_at"
	}
	return path
}
