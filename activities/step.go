package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"lfb/internal/dataset"
	"lfb/internal/lfb"
)

// rememberStep returns what an earlier execution of the same step made from the
// same input, or runs it and remembers. The input's canonical JSON and the
// step's declared version are the key, so that a step is done again only where
// one of them changed. Steps must be pure up to content-addressed objects.
func rememberStep[I, O any](ctx context.Context, blobs Blobs, s stepName, in I,
	run func() (O, error),
) (out O, again bool, err error) {
	key, err := s.keyFor(in)
	if err != nil {
		return out, false, err
	}
	body, ok, err := recallStep(ctx, blobs, key)
	if err != nil {
		return out, false, err
	}
	if ok {
		return out, true, json.Unmarshal(body, &out)
	}
	if out, err = run(); err != nil {
		return out, false, err
	}
	if body, err = CanonicalJSON(out); err != nil {
		return out, false, err
	}
	_, err = blobs.PutBytes(ctx, key, body)
	if !errors.Is(err, lfb.ErrConflict) {
		return out, false, err
	}
	// Another execution of the same step was faster, and what it made differs in when and
	// by which run it was made: its result is everybody's.
	if body, ok, err = recallStep(ctx, blobs, key); err != nil || !ok {
		return out, false, err
	}
	out = *new(O)
	return out, true, json.Unmarshal(body, &out)
}

// recallStep is what rememberStep keeps under key, where there is something.
func recallStep(ctx context.Context, blobs Blobs, key string) (body []byte, ok bool, err error) {
	ref, ok, err := blobs.Exists(ctx, key)
	if err != nil || !ok {
		return nil, false, err
	}
	body, err = blobs.ReadAll(ctx, ref)
	return body, err == nil, err
}

// keyFor is where the step's result for the input is kept.
func (s stepName) keyFor(in any) (string, error) {
	body, err := CanonicalJSON(in)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return fmt.Sprintf("step/%s/v%d/%s.json", s.name, s.version, hex.EncodeToString(sum[:])), nil
}

// stepName is a step and its declared version: raise it when the step's code
// makes something else from the same input.
type stepName struct {
	name    string
	version int
}

var (
	stepClean     = stepName{"clean", 3}
	stepTrain     = stepName{"train", 4}
	stepTrial     = stepName{"trial", 2}
	stepRelevance = stepName{"relevance", 2}
	stepRefit     = stepName{"refit", 1}
)

// putJSON stores v's canonical JSON under its own hash.
func putJSON(ctx context.Context, blobs Blobs, prefix string, v any) (lfb.Ref, error) {
	body, err := CanonicalJSON(v)
	if err != nil {
		return lfb.Ref{}, err
	}
	return dataset.PutHashed(ctx, blobs, prefix+"/", ".json", body)
}
