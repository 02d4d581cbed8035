package archtest

// row says what one package may import: packages of the project (a path or a
// prefix that ends in /...) and third-party modules. The standard library is
// free, but for the packages that a core package may not touch.
type row struct {
	pkg      string
	core     bool // no database/sql, no net/http, no os
	project  []string
	external []string
}

// table has one row a package; packages that share a prefix row end in /... .
var table = []row{
	{pkg: "internal/lfb", core: true},
	{pkg: "internal/geo", core: true, project: []string{"internal/lfb"}},
	{pkg: "internal/geo/london", core: true, project: []string{"internal/lfb", "internal/geo"}},
	{pkg: "internal/geo/london/derive", project: []string{
		"internal/lfb", "internal/geo", "internal/geo/london",
		"internal/clean", "internal/feature", "internal/source",
	}},
	{
		pkg: "internal/places", project: []string{"internal/lfb", "internal/geo", "internal/geo/london"},
		external: []string{"golang.org/x/text", "github.com/ccojocar/zxcvbn-go"},
	},
	{pkg: "internal/phrase", core: true, project: []string{"internal/lfb", "internal/clean", "internal/places"}},
	{pkg: "internal/auth", core: true, project: []string{"internal/lfb"}, external: []string{
		"golang.org/x/crypto",
		"github.com/ccojocar/zxcvbn-go",
	}},
	{pkg: "internal/ml", core: true, project: []string{"internal/lfb"}},
	{
		pkg: "internal/ml/tree", core: true, project: []string{"internal/lfb", "internal/ml"},
		external: []string{"golang.org/x/sync"},
	},
	{pkg: "internal/ml/tree/predict", core: true, project: []string{"internal/ml", "internal/ml/tree"}},
	{
		pkg: "internal/ml/tree/explain", core: true, project: []string{"internal/ml", "internal/ml/tree"},
		external: []string{"golang.org/x/sync"},
	},
	{
		pkg: "internal/ml/...", core: true, project: []string{"internal/lfb", "internal/ml/..."},
		external: []string{
			"gonum.org/v1/gonum", "github.com/malaschitz/randomForest",
			"google.golang.org/protobuf/encoding/protowire", "golang.org/x/sync",
		},
	},
	{pkg: "internal/table", core: true, project: []string{"internal/lfb"}, external: []string{"golang.org/x/text"}},
	{pkg: "internal/clean", core: true, project: []string{"internal/lfb", "internal/geo", "internal/table"}},
	{
		pkg: "internal/dataset/...", core: true, project: []string{
			"internal/lfb", "internal/geo", "internal/drift",
			"internal/dataset/...", "internal/clean", "internal/svgplot",
		},
		external: []string{
			"github.com/parquet-go/parquet-go", "gonum.org/v1/plot", "golang.org/x/sync",
			"gonum.org/v1/gonum",
		},
	},
	{
		pkg: "internal/feature/...", core: true, project: []string{
			"internal/lfb", "internal/geo", "internal/ml/...",
			"internal/clean", "internal/feature/...",
		},
		external: []string{"github.com/rickar/cal", "gonum.org/v1/gonum", "golang.org/x/sync"},
	},
	{
		pkg: "internal/bundle/...", core: true, project: []string{
			"internal/lfb", "internal/ml/...", "internal/feature/...",
			"internal/bundle/...",
		},
		external: []string{"github.com/klauspost/compress", "golang.org/x/sync"},
	},
	{pkg: "internal/dispatch", core: true, project: []string{
		"internal/lfb", "internal/ml", "internal/feature",
		"internal/bundle",
	}},
	{
		pkg: "internal/cover", core: true, project: []string{
			"internal/lfb", "internal/geo", "internal/ml",
			"internal/feature", "internal/bundle", "internal/dataset", "internal/dispatch",
		},
		external: []string{"golang.org/x/sync"},
	},
	{pkg: "internal/registry", core: true, project: []string{"internal/lfb", "internal/ml"}},
	{pkg: "internal/drift", core: true, external: []string{"gonum.org/v1/gonum"}},
	{pkg: "internal/svgplot", core: true, external: []string{"gonum.org/v1/plot"}},
	{
		pkg: "internal/alarm", project: []string{"internal/lfb", "internal/config", "internal/registry"},
		external: []string{"go.uber.org/zap"},
	},
	{pkg: "internal/gc", core: true, project: []string{"internal/lfb", "internal/registry"}},
	{pkg: "internal/backfill", core: true, project: []string{
		"internal/lfb", "internal/ml", "internal/registry",
		"internal/svgplot",
	}, external: []string{"gonum.org/v1/plot"}},
	{pkg: "internal/config", project: nil},
	{
		pkg: "internal/telemetry", project: []string{"internal/config"},
		external: []string{
			"go.uber.org/zap", "go.temporal.io/sdk", "github.com/prometheus/client_golang",
			"go.opentelemetry.io", "github.com/XSAM/otelsql",
		},
	},
	{pkg: "internal/source/synthetic", project: []string{
		"internal/lfb", "internal/geo", "internal/geo/london",
		"internal/source",
	}},
	{
		pkg: "internal/source/...", project: []string{
			"internal/lfb", "internal/geo", "internal/clean", "internal/table",
			"internal/source/...",
		},
		external: []string{
			"github.com/xuri/excelize", "golang.org/x/text", "golang.org/x/sync", "golang.org/x/time",
			"github.com/klauspost/compress",
		},
	},
	{
		pkg: "internal/mysql/...", project: []string{
			"internal/lfb", "internal/config", "internal/registry", "internal/gc",
			"internal/ml", "internal/mysql/...", "internal/geo",
		},
		external: []string{
			"github.com/go-sql-driver/mysql", "github.com/cenkalti/backoff", "golang.org/x/sync",
			"github.com/google/go-cmp",
		},
	},
	{
		pkg: "internal/s3/...", project: []string{"internal/lfb", "internal/config", "internal/s3/..."},
		external: []string{"github.com/minio/minio-go", "golang.org/x/sync"},
	},
	{
		pkg: "internal/mlflow", project: []string{
			"internal/lfb", "internal/config", "internal/bundle", "internal/registry",
			"internal/ml",
		},
	},
	{pkg: "internal/spool", project: []string{"internal/lfb"}, external: []string{
		"go.uber.org/zap",
		"github.com/cenkalti/backoff",
	}},
	{
		pkg: "internal/serve/...", project: []string{
			"internal/lfb", "internal/bundle", "internal/cover", "internal/dataset",
			"internal/dispatch", "internal/registry", "internal/ml/...", "internal/s3/memblob", "internal/serve/...",
			"internal/feature", "internal/geo", "internal/places", "internal/spool", "internal/clean",
		},
		external: []string{"go.uber.org/zap", "github.com/google/uuid"},
	},
	{pkg: "internal/ask", core: true, project: []string{
		"internal/lfb", "internal/bundle", "internal/clean",
		"internal/feature", "internal/geo", "internal/geo/london", "internal/ml", "internal/phrase", "internal/places",
		"internal/registry", "internal/serve", "internal/serve/warning",
	}},
	{
		pkg: "internal/httpx", project: []string{"internal/lfb", "internal/auth", "internal/registry", "internal/config"},
		external: []string{
			"go.uber.org/zap", "github.com/danielgtaylor/huma", "github.com/klauspost/compress",
			"github.com/prometheus/client_golang", "golang.org/x/sync", "golang.org/x/time", "go.opentelemetry.io",
		},
	},
	{
		pkg: "internal/app", project: []string{"internal/...", "activities", "workflows", "api/..."},
		external: []string{
			"go.temporal.io/sdk", "go.temporal.io/api", "go.uber.org/zap", "golang.org/x/sync",
			"github.com/prometheus/client_golang",
		},
	},
	{
		pkg: "internal/control", project: []string{
			"internal/auth", "internal/backfill", "internal/config", "internal/gc", "internal/lfb",
			"internal/ml/randomforest", "internal/registry", "workflows", "activities",
		},
		external: []string{"go.temporal.io/sdk", "go.temporal.io/api", "github.com/google/uuid"},
	},
	{pkg: "internal/control/controltest", external: []string{"go.temporal.io/sdk", "go.temporal.io/api"}},
	{pkg: "internal/testdata"},
	{pkg: "internal/archtest"},
	{
		pkg: "activities", project: []string{
			"internal/lfb", "internal/backfill", "internal/gc", "internal/bundle", "internal/clean", "internal/dataset/...",
			"internal/feature",
			"internal/geo", "internal/ml/...", "internal/mlflow", "internal/places", "internal/registry", "internal/source",
			"internal/drift",
		},
		external: []string{"go.temporal.io/sdk", "golang.org/x/sync"},
	},
	{
		pkg: "workflows", project: []string{
			"activities", "internal/lfb", "internal/registry", "internal/gc", "internal/ml",
			"internal/ml/search",
		},
		external: []string{"go.temporal.io/sdk", "go.temporal.io/api"},
	},
	{
		pkg: "api/user", project: []string{
			"api/apitest", "internal/bundle", "internal/clean", "internal/feature",
			"internal/geo", "internal/httpx", "internal/lfb", "internal/ml", "internal/phrase", "internal/places",
			"internal/registry", "internal/serve/...", "internal/table",
		},
		external: []string{"github.com/danielgtaylor/huma", "go.uber.org/zap", "github.com/prometheus/client_golang"},
	},
	{
		pkg: "api/admin",
		project: []string{
			"internal/lfb", "internal/bundle", "internal/control", "internal/cover", "internal/httpx",
			"internal/ml", "internal/registry", "internal/serve",
		},
		external: []string{"github.com/danielgtaylor/huma", "go.uber.org/zap"},
	},
	{
		pkg: "api/web", project: []string{
			"internal/lfb", "internal/ask", "internal/places", "internal/bundle", "internal/clean", "internal/control",
			"internal/cover", "internal/dataset", "internal/dispatch", "internal/feature", "internal/geo",
			"internal/geo/london", "internal/httpx",
			"internal/ml", "internal/ml/randomforest", "internal/ml/search", "internal/registry", "internal/serve/...",
			"internal/svgplot",
		},
		external: []string{"go.uber.org/zap", "golang.org/x/sync", "gonum.org/v1/plot"},
	},
	// content to look at
	{
		pkg: "api/web/...", project: []string{"internal/...", "api/web", "api/web/canned"},
		external: []string{"go.uber.org/zap"},
	},
	{pkg: "api/apitest"},
	{pkg: "worker", project: []string{"internal/app"}},
	{pkg: "api", project: []string{"internal/app"}},
	{pkg: "starter", project: []string{"internal/app", "starter/verb"}},
	{
		pkg: "starter/verb", project: []string{
			"internal/app", "internal/ask", "internal/serve", "internal/serve/warning",
			"internal/config", "internal/control", "internal/lfb", "internal/registry", "internal/gc", "workflows",
			"activities",
		},
		external: []string{
			"go.temporal.io/sdk", "go.temporal.io/api", "go.uber.org/zap", "github.com/jedib0t/go-pretty",
			"golang.org/x/term",
		},
	},
}

// testOnly is what test files and the packages of test helpers may import
// beyond their row.
var testOnly = []string{
	"github.com/google/go-cmp", "github.com/stretchr/testify", "go.uber.org/zap", "github.com/parquet-go/parquet-go",
	"go.temporal.io/sdk", "go.temporal.io/api", "github.com/xuri/excelize", "github.com/go-sql-driver/mysql",
	"golang.org/x/text", "github.com/minio/minio-go",
	"go.yaml.in/yaml", "go.opentelemetry.io", "google.golang.org/grpc",
}

// closedToCore is what the core may not import of the standard library.
var closedToCore = map[string]bool{
	"database/sql": true, "net/http": true, "os": true, "log": true, "log/slog": true,
	"net": true,
}
