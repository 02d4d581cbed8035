// Package check holds the files that deploy the system to the schemas of what reads
// them, without a docker engine or a cluster: `make deploy-check`. It is a module of
// its own, so that nothing else depends on theirs.
package check

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigs "sigs.k8s.io/yaml"
)

const root = "../.."

// known are the variables that the programs read, as -help lists them.
func known(t *testing.T) map[string]bool {
	t.Helper()
	cmd := exec.Command("go", "run", "./api", "-help")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("api -help: %v", err)
	}
	names := map[string]bool{}
	for _, name := range regexp.MustCompile(`LFB_[A-Z0-9_]+`).FindAllString(string(out), -1) {
		names[name] = true
	}
	if len(names) < 30 {
		t.Fatalf("api -help lists %d variables", len(names))
	}
	return names
}

// load reads docker-compose.yml as docker compose does: schema, interpolation,
// profiles, references between services, volumes.
func load(t *testing.T, env []string) (*types.Project, error) {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{root + "/docker-compose.yml"}, cli.WithWorkingDirectory(root),
		cli.WithProfiles([]string{"mlflow", "monitoring", "candidates"}), cli.WithEnv(env))
	if err != nil {
		t.Fatal(err)
	}
	return o.LoadProject(context.Background())
}

// example is .env.example, its passwords filled.
func example(t *testing.T) []string {
	t.Helper()
	f, err := os.Open(root + "/.env.example")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var env []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if secret(name) {
			if value != "" {
				t.Errorf(".env.example holds a value of %s", name)
			}
			value = "filled"
		}
		env = append(env, name+"="+value)
	}
	return env
}

func secret(name string) bool {
	return strings.Contains(name, "PASSWORD") || strings.Contains(name, "SECRET") || strings.Contains(name, "ACCESS")
}

// inPython are the variables of candidates/python alone.
var inPython = map[string]bool{"LFB_CANDIDATE_KEY": true, "LFB_CANDIDATE_API": true}

func TestCompose(t *testing.T) {
	env, names := example(t), known(t)
	p, err := load(t, env)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Services) < 10 {
		t.Errorf("%d services", len(p.Services))
	}
	for name, s := range p.Services {
		if s.Build == nil && !regexp.MustCompile(`:[^:]*[0-9][^:]*$`).MatchString(s.Image) {
			t.Errorf("%s: image %q is not pinned", name, s.Image)
		}
		for k, v := range s.Environment {
			if strings.HasPrefix(k, "LFB_") && !names[k] && !inPython[k] {
				t.Errorf("%s: %s is no variable of ours", name, k)
			}
			if v != nil && secret(k) && *v != "filled" && *v != "yes" {
				t.Errorf("%s: %s has the value %q in the file", name, k, *v)
			}
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open on %q", name, port.Published, port.HostIP)
			}
		}
		if s.Build != nil && s.Build.Target == "" {
			if _, err := os.Stat(filepath.Join(s.Build.Context, "Dockerfile")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if s.Build != nil && !slices.Contains(targets(t), s.Build.Target) {
			t.Errorf("%s: deploy/Dockerfile has no target %q", name, s.Build.Target)
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	// Without .env it must refuse, not start with empty passwords.
	if _, err := load(t, nil); err == nil || !strings.Contains(err.Error(), "deploy/env.sh") {
		t.Errorf("without .env: %v, want an error that names deploy/env.sh", err)
	}
}

var target = regexp.MustCompile(`(?m)^FROM \S+ AS (\S+)$`)

func targets(t *testing.T) []string {
	t.Helper()
	body, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range target.FindAllStringSubmatch(string(body), -1) {
		out = append(out, m[1])
	}
	return out
}

func TestDockerfile(t *testing.T) {
	body, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	text, names := string(body), known(t)
	for _, m := range regexp.MustCompile(`LFB_[A-Z0-9_]+`).FindAllString(text, -1) {
		if !names[m] {
			t.Errorf("%s is no variable of ours", m)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1) {
		if m[1] != "base" && !regexp.MustCompile(`:[0-9]`).MatchString(m[1]) {
			t.Errorf("FROM %s is not pinned", m[1])
		}
	}
	if !regexp.MustCompile(`(?m)^USER [1-9][0-9]*`).MatchString(text) || strings.Contains(text, "USER root") {
		t.Error("the images run as root")
	}
	if got := strings.Count(text, "HEALTHCHECK"); got != 2 {
		t.Errorf("%d health checks, want the worker's and the api's", got)
	}
}

// TestKubernetes decodes every manifest strictly into the types of its API: a field
// that does not exist fails.
func TestKubernetes(t *testing.T) {
	names := known(t)
	kinds := map[string]func() any{
		"apps/v1/Deployment":            func() any { return &appsv1.Deployment{} },
		"apps/v1/StatefulSet":           func() any { return &appsv1.StatefulSet{} },
		"batch/v1/Job":                  func() any { return &batchv1.Job{} },
		"v1/ConfigMap":                  func() any { return &corev1.ConfigMap{} },
		"v1/Service":                    func() any { return &corev1.Service{} },
		"v1/Namespace":                  func() any { return &corev1.Namespace{} },
		"v1/PersistentVolumeClaim":      func() any { return &corev1.PersistentVolumeClaim{} },
		"policy/v1/PodDisruptionBudget": func() any { return &policyv1.PodDisruptionBudget{} },
	}
	var list struct {
		Resources []string `json:"resources"`
	}
	body, err := os.ReadFile("../kubernetes/kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := sigs.Unmarshal(body, &list); err != nil || len(list.Resources) == 0 {
		t.Fatalf("kustomization.yaml: %d resources, %v", len(list.Resources), err)
	}
	pods := 0
	err = filepath.WalkDir("../kubernetes", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "kustomization.yaml" {
			return err
		}
		if !slices.Contains(list.Resources, d.Name()) {
			t.Errorf("%s is not in kustomization.yaml", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		docs := yaml.NewYAMLReader(bufio.NewReader(f))
		for {
			doc, err := docs.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			var meta struct{ APIVersion, Kind string }
			if err := sigs.Unmarshal(doc, &meta); err != nil {
				return err
			}
			build, ok := kinds[meta.APIVersion+"/"+meta.Kind]
			if !ok {
				t.Errorf("%s: %s/%s is not known here", path, meta.APIVersion, meta.Kind)
				continue
			}
			object := build()
			if err := sigs.UnmarshalStrict(doc, object); err != nil {
				t.Errorf("%s: %s: %v", path, meta.Kind, err)
			}
			switch o := object.(type) {
			case *appsv1.Deployment:
				pods += checkPod(t, path, names, o.Spec.Template, true)
			case *appsv1.StatefulSet:
				pods += checkPod(t, path, names, o.Spec.Template, true)
			case *batchv1.Job:
				pods += checkPod(t, path, names, o.Spec.Template, false)
			case *corev1.ConfigMap:
				for k := range o.Data {
					if !names[k] || secret(k) {
						t.Errorf("%s: %s is no variable for a ConfigMap", path, k)
					}
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if pods < 4 {
		t.Errorf("%d pods checked, want 4", pods)
	}
}

// checkPod holds one pod to what the restricted standard asks, limits and probes.
func checkPod(t *testing.T, path string, names map[string]bool, p corev1.PodTemplateSpec, serves bool) int {
	t.Helper()
	if s := p.Spec.SecurityContext; s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.SeccompProfile == nil {
		t.Errorf("%s: a pod may run as root, or without seccomp", path)
	}
	for _, c := range p.Spec.Containers {
		s := c.SecurityContext
		if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || s.ReadOnlyRootFilesystem == nil ||
			!*s.ReadOnlyRootFilesystem ||
			s.Capabilities == nil || !slices.Contains(s.Capabilities.Drop, "ALL") {
			t.Errorf("%s: %s has more rights than it needs", path, c.Name)
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Limits.Cpu().IsZero() ||
			c.Resources.Requests.Memory().IsZero() {
			t.Errorf("%s: %s has no limits", path, c.Name)
		}
		if serves && c.LivenessProbe == nil {
			t.Errorf("%s: %s has no liveness probe", path, c.Name)
		}
		for _, e := range c.Env {
			if !names[e.Name] || secret(e.Name) {
				t.Errorf("%s: %s: %s is no variable of ours, or a secret", path, c.Name, e.Name)
			}
		}
		mounts := map[string]bool{}
		for _, v := range p.Spec.Volumes {
			mounts[v.Name] = true
		}
		for _, m := range c.VolumeMounts {
			if !mounts[m.Name] && m.Name != "state" { // a StatefulSet's claim
				t.Errorf("%s: %s mounts %s, which the pod lacks", path, c.Name, m.Name)
			}
		}
	}
	return 1
}
