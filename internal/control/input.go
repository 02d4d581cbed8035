package control

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"lfb/activities"
	"lfb/internal/config"
	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/ml/randomforest"
	"lfb/internal/registry"
	"lfb/workflows"
)

// sourceSpec keeps what the named source uses, so that a run's record shows
// nothing else.
func sourceSpec(all *config.Config) activities.SourceSpec {
	c := all.Source
	s := activities.SourceSpec{Name: c.Name, MaxRejects: c.MaxRejects, Places: placesSpec(all)}
	switch c.Name {
	case "dir":
		s.Dir = c.Dir
	case "datastore":
		s.Datastore = c.Datastore
	default:
		s.Incidents, s.Months, s.From, s.Seed = c.Incidents, c.Months, c.From, c.Seed
	}
	return s
}

// placesSpec is where the configuration has the files of places from.
func placesSpec(c *config.Config) activities.PlacesSpec {
	switch {
	case c.Places.Source == "os":
		return activities.PlacesSpec{Name: "os", URL: c.Places.URL}
	// addresses are no folder
	case c.Places.Source == "dir" && c.Source.Dir != "" && !strings.Contains(c.Source.Dir, "://"):
		return activities.PlacesSpec{Name: "dir", Dir: c.Source.Dir}
	}
	return activities.PlacesSpec{}
}

// PlacesInput is the refresh of the places that the configuration asks for.
func PlacesInput(c *config.Config, who string) workflows.RefreshPlacesInput {
	s := sourceSpec(c)
	return workflows.RefreshPlacesInput{Origin: s.Origin(), Places: s.Places, Who: who, WhoVerified: startsItself(who)}
}

// Line is the line of models that the configured source's data make.
func Line(c *config.Config) string { return sourceSpec(c).Origin().Line() }

// RetrainInput is the retrain that the configuration asks for.
func RetrainInput(c *config.Config, trigger, who string) workflows.RetrainInput {
	in := workflows.RetrainInput{
		Source: sourceSpec(c),
		Train: activities.TrainSpec{
			Candidates: c.Train.CandidateNames(), Seed: c.Train.Seed, ValidDays: c.Train.ValidDays,
			CalibDays: c.Train.CalibDays, HoldoutDays: c.Train.HoldoutDays, MaxMonths: c.Train.MaxMonths,
			Refit: c.Train.Refit,
			Tune:  activities.TuneSpec{Trials: c.Train.TuneTrials, Minutes: c.Train.TuneMinutes},
			Relevance: randomforest.ReportSpec{
				Cycles: c.Train.RelevanceCycles, Rows: c.Train.RelevanceRows, Trees: c.Train.RelevanceTrees,
			},
		},
		Policy: registry.Policy{
			Confidence: c.Gate.Confidence, SliceMargin: c.Gate.SliceMargin, SliceRows: c.Gate.SliceRows,
			CoverageLow: c.Gate.CoverageLow, CoverageTop: c.Gate.CoverageTop, CeilingRMSE: c.Gate.CeilingRMSE, MinRows: 200,
		},
		Promote: workflows.PromoteSpec{
			Approval: c.Promote.Approval == "required", Deadline: c.Promote.Deadline,
			After: c.Promote.After,
		},
		Trigger: trigger, Who: who, WhoVerified: startsItself(trigger), Force: c.Train.Force,
		WebURL: cmp.Or(c.API.WebURL, "http://"+c.API.Web),
	}
	setExternal(c, &in.Train)
	return in
}

// setExternal says how candidates of other programs are asked, where there are any.
func setExternal(c *config.Config, t *activities.TrainSpec) {
	t.External = activities.ExternalSpec{}
	isExternal := func(name string) bool { _, ok := lfb.ExternalName(name); return ok }
	if slices.ContainsFunc(t.Candidates, isExternal) {
		t.External = activities.ExternalSpec{
			API: cmp.Or(c.Train.CandidatesAPI, adminAddress(c.API)), Wait: c.Train.ExternalWait, Time: c.Train.ExternalTime,
			MaxBytes: c.Train.ExternalBytes,
		}
	}
}

// adminAddress is where the admin API listens.
func adminAddress(c config.API) string {
	if c.TLSCert != "" {
		return "https://" + c.Admin
	}
	return "http://" + c.Admin
}

// startsItself says whether it is the system that starts what has the trigger.
func startsItself(trigger string) bool { return trigger == "schedule" || trigger == "monitor" }

// MonitorInput is the monitor run that the configuration asks for.
func MonitorInput(c *config.Config, trigger, who string) workflows.MonitorInput {
	m := c.Monitor
	rule := registry.MonitorRule{
		RMSE: m.RMSE, CoverageLow: m.CoverageLow, CoverageTop: m.CoverageTop, PSI: m.PSI, Wasserstein: m.Wasserstein,
		Months: m.Months, MinRows: m.MinRows, CoolDown: m.CoolDown, StaleData: m.StaleData, StaleModel: m.StaleModel,
	}
	for name := range strings.SplitSeq(m.DriftIgnore, ",") {
		if name = strings.TrimSpace(name); name != "" {
			rule.Ignore = append(rule.Ignore, name)
		}
	}
	return workflows.MonitorInput{
		Source: sourceSpec(c), Rule: rule, History: m.History, Retrain: RetrainInput(c, "monitor", "monitor"),
		Trigger: trigger, Who: who, WhoVerified: startsItself(trigger), Force: m.Force,
	}
}

// BackfillInput is the backfill that the configuration asks for.
func BackfillInput(c *config.Config, who string) workflows.BackfillInput {
	r := RetrainInput(c, "backfill", who)
	return workflows.BackfillInput{
		Origin: r.Source.Origin(), DataSet: c.Backfill.DataSet, From: c.Backfill.From, To: c.Backfill.To,
		LagDays: c.Backfill.LagDays, Train: r.Train, Policy: r.Policy, Who: who,
	}
}

// GCPolicy is the retention that the configuration asks for.
func GCPolicy(c config.GC) gc.Policy {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return gc.Policy{
		Keep: days(c.KeepDays), KeepBackfill: days(c.BackfillDays), Versions: c.Versions, DataSets: c.DataSets,
		Predictions: days(c.PredictionDays), MonitorRuns: days(c.MonitorDays), Grace: c.Grace,
	}
}
