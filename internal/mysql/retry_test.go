package mysql

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/go-sql-driver/mysql"

	"lfb/internal/lfb"
)

func TestRetry(t *testing.T) {
	t.Parallel()
	fails := errors.New("other")
	for _, tt := range []struct {
		name  string
		err   error
		times int // that it fails
		tries int
		want  error
	}{
		{"at once", nil, 0, 1, nil},
		{"deadlock, then well", &mysql.MySQLError{Number: errDeadlock}, 2, 3, nil},
		{"lock timeout, wrapped", fmt.Errorf("x: %w", &mysql.MySQLError{Number: errLockTimeout}), 1, 2, nil},
		{
			"a lost session, then well", &mysql.MySQLError{Number: errUnknown, Message: "no root value found in session"}, 1, 2,
			nil,
		},
		{
			"a lost session for good", &mysql.MySQLError{Number: errUnknown, Message: "no root value found in session"}, 9,
			maxAttempts, lfb.ErrUnavailable,
		},
		{"another error is not retried", fails, 5, 1, fails},
		{"a duplicate is not retried", &mysql.MySQLError{Number: errDuplicate}, 5, 1, lfb.ErrConflict},
		{"it gives up", &mysql.MySQLError{Number: errDeadlock}, maxAttempts + 5, maxAttempts, lfb.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			err := Wrap(retryContended(t.Context(), func() error {
				if tries++; tries <= tt.times {
					return tt.err
				}
				return nil
			}), "op")
			if tries != tt.tries || !errors.Is(err, tt.want) {
				t.Errorf("retry tried %d times and gave %v, want %d, %v", tries, err, tt.tries, tt.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := retryContended(ctx, func() error { cancel(); return &mysql.MySQLError{Number: errDeadlock} })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("retry of a cancelled context = %v, want %v", err, context.Canceled)
	}
}

// What the server says of itself is not held against what it was given.
func TestWhatAServersErrorIsAbout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		numbers []uint16
		want    error
	}{
		{[]uint16{
			errTooManyConns, errShutdown, errLockTimeout, errDeadlock, errInterrupted, 1021, 1044, 1045, 1114, 1142,
			1146, 1290,
		}, lfb.ErrUnavailable},
		{[]uint16{1048, 1264, 1265, 1292, 1300, 1366, 1406}, lfb.ErrInvalid},
		{[]uint16{errDuplicate}, lfb.ErrConflict},
		{[]uint16{errUnknown, 1054}, nil},
	} {
		for _, n := range tt.numbers {
			if got := kindOf(&mysql.MySQLError{Number: n, Message: "m"}); !errors.Is(got, tt.want) {
				t.Errorf("error %d is %v, want %v", n, got, tt.want)
			}
		}
	}
}

func TestBeyond(t *testing.T) {
	t.Parallel()
	got, args := afterCondition([]string{"State", "StartedAt", "ID"}, "<", []any{"s", "t", "i"})
	want := "((State < ?) OR (State = ? AND StartedAt < ?) OR (State = ? AND StartedAt = ? AND ID < ?))"
	if got != want || fmt.Sprint(args) != "[s s t s t i]" {
		t.Errorf("beyond = %q, %v, want %q, [s s t s t i]", got, args, want)
	}
}
