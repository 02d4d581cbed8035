//go:build integration

package s3_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lfb/internal/config"
	"lfb/internal/s3"
	"lfb/internal/s3/s3test"
)

// TestMinIO runs the suites on a real MinIO server. LFB_TEST_MINIO
// names its binary; tools/minio builds it.
func TestMinIO(t *testing.T) {
	t.Parallel()
	s3test.Run(t, startMinIO(t))
}

func startMinIO(t *testing.T) *s3.Bucket {
	t.Helper()
	bin := os.Getenv("LFB_TEST_MINIO")
	if bin == "" {
		t.Fatal("LFB_TEST_MINIO is not set: build the server with\n" +
			"  go -C tools/minio build -o ../../.lfb/bin/minio github.com/minio/minio")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.S3{
		Endpoint: l.Addr().String(), Bucket: "lfb", Region: "us-east-1", Access: rand.Text(),
		Secret: config.Secret(rand.Text()),
	}
	l.Close()
	cmd := exec.Command(bin, "server", "--quiet", "--address", cfg.Endpoint, "--console-address", "127.0.0.1:0",
		t.TempDir())
	cmd.Env = append(os.Environ(), "MINIO_ROOT_USER="+cfg.Access, "MINIO_ROOT_PASSWORD="+cfg.Secret.Reveal(),
		"MINIO_UPDATE=off")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	b, err := s3.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for err = b.EnsureBucket(ctx); err != nil; err = b.EnsureBucket(ctx) {
		if ctx.Err() != nil {
			t.Fatal(fmt.Errorf("MinIO on %s: %w", cfg.Endpoint, err))
		}
		time.Sleep(50 * time.Millisecond)
	}
	return b
}
