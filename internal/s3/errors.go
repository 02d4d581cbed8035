package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"lfb/internal/lfb"

	"github.com/minio/minio-go/v7"
)

// badRequest is the code that the client makes of an answer that is not S3's: an
// HTTP server, a proxy in front or none at all spoke before S3 could.
const badRequest = "400 Bad Request"

// opPut is the operation of uploads.
const opPut = "put"

// wrapError adds the operation, the key and the sentinel that says what can be done.
func wrapError(op, key string, err error) error {
	if err == nil {
		return nil
	}
	kind := kindOf(err)
	if kind == nil {
		return fmt.Errorf("s3: %s %q: %w", op, key, err)
	}
	if isNotImplemented(minio.ToErrorResponse(err)) && op == opPut {
		return fmt.Errorf("s3: %s %q: %w: the store has no conditional put (If-None-Match), which is needed: %w", op, key,
			kind, err)
	}
	return fmt.Errorf("s3: %s %q: %w: %w", op, key, kind, err)
}

// kindOf gives nil for what is neither the caller's nor the server's doing: a
// cancelled context, or an error that has its kind already.
func kindOf(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	for _, k := range []error{lfb.ErrInvalid, lfb.ErrNotFound, lfb.ErrConflict, lfb.ErrUnavailable} {
		if errors.Is(err, k) {
			return nil
		}
	}
	if resp := minio.ToErrorResponse(err); resp.Code != "" {
		return kindOfResponse(resp)
	}
	// A body that ends early is a broken connection, not a short object: the
	// client knows the length.
	var netErr net.Error
	if errors.As(err, &netErr) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return lfb.ErrUnavailable
	}
	return nil
}

func kindOfResponse(resp minio.ErrorResponse) error {
	switch resp.Code {
	case minio.NoSuchKey, minio.NoSuchBucket:
		return lfb.ErrNotFound
	case minio.PreconditionFailed, "ConditionalRequestConflict":
		return lfb.ErrConflict
	case minio.InvalidAccessKeyID, minio.SignatureDoesNotMatch, minio.AccessDenied:
		return lfb.ErrInvalid // stores disagree on the status: it may be 404
	case "BadRequest", "IncompleteBody", "RequestTimeout", badRequest:
		return lfb.ErrUnavailable // the request did not arrive whole, which the next one may
	}
	switch code := resp.StatusCode; {
	case code == http.StatusNotFound:
		return lfb.ErrNotFound
	case code == http.StatusPreconditionFailed || code == http.StatusConflict:
		return lfb.ErrConflict
	case isNotImplemented(resp): // by this store, and not by its next answer either
		return lfb.ErrInvalid
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		return lfb.ErrUnavailable
	case code >= 400: // credentials, signature, name: a repeat changes nothing
		return lfb.ErrInvalid
	}
	return nil
}

func isNotImplemented(resp minio.ErrorResponse) bool {
	return resp.Code == "NotImplemented" || resp.StatusCode == http.StatusNotImplemented
}

func isNotFound(err error) bool { return errors.Is(err, lfb.ErrNotFound) }
