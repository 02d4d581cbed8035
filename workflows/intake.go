package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// intake is the first steps of whatever works on what is published now.
type intake struct {
	source   activities.SourceSpec
	progress *progressLog
}

// snapshot cleans what is published now into a data set. Where nothing is new every
// activity finds that out by a monitor run-up.
func (i intake) snapshot(ctx workflow.Context) (registry.DataSet, error) {
	files, err := i.fetch(ctx)
	var loaded lfb.LoadCount
	if err == nil {
		loaded, err = i.load(ctx, files)
	}
	if err != nil {
		return registry.DataSet{}, err
	}
	step := i.progress.startStep(ctx, "clean", "")
	out, err := execute(ctx, scanClass, "join, snapshot, report", act.Clean,
		activities.CleanInput{Origin: i.source.Origin()})
	if err != nil {
		return registry.DataSet{}, step.fail(ctx, err)
	}
	d := out.DataSet
	if loaded.Inserted+loaded.Updated+loaded.Withdrawn > 0 {
		startPlaces(ctx, i.source)
	}
	i.progress.dataSet = d.ID
	step.done(ctx, fmt.Sprintf("data set %s: %d attendances, %s to %s", d.ID, d.Rows, d.FirstCall.Format(time.DateOnly),
		d.LastCall.Format(time.DateOnly)))
	return d, workflow.UpsertTypedSearchAttributes(ctx, attrDataSet.ValueSet(d.ID))
}

// fetch stores every file that the source has, and says how many are new.
func (i intake) fetch(ctx workflow.Context) ([]lfb.SourceFile, error) {
	step := i.progress.startStep(ctx, "fetch", "list the files of "+i.source.Name)
	list, err := execute(ctx, fetchClass, "files of "+i.source.Name, act.ListFiles,
		activities.ListFilesInput{Source: i.source})
	if err != nil {
		return nil, step.fail(ctx, err)
	}
	var files []lfb.SourceFile
	fresh := 0
	for n, item := range list.Items {
		step.setDetail(ctx, fmt.Sprintf("%d of %d: %s", n+1, len(list.Items), item.Name))
		got, err := execute(ctx, fetchClass, item.Name, act.FetchFile, activities.FetchFileInput{
			Source: i.source,
			Item:   item,
		})
		if err != nil {
			return nil, step.fail(ctx, err)
		}
		if got.New {
			fresh++
		}
		files = append(files, got.File)
	}
	step.done(ctx, fmt.Sprintf("%s, %d new", formatCount(len(files), "file"), fresh))
	return files, nil
}

// load brings the files' rows into the tables: a table's files one after the other,
// as of two that have the same row the last counts, and the tables side by side.
func (i intake) load(ctx workflow.Context, files []lfb.SourceFile) (lfb.LoadCount, error) {
	step := i.progress.startStep(ctx, "load", "")
	tables := byTable(files)
	var sum lfb.LoadCount
	var failed error // the first; the other table ends the file that it is at
	begun := 0
	all := workflow.NewWaitGroup(ctx)
	for _, table := range tables {
		all.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer all.Done()
			for _, f := range table {
				if failed != nil {
					return
				}
				begun++
				step.setDetail(ctx, fmt.Sprintf("%d of %d: %s", begun, len(files), f.Name))
				got, err := execute(ctx, loadClass, f.Name, act.LoadFile,
					activities.LoadFileInput{File: f, MaxRejects: i.source.MaxRejects})
				if err != nil {
					failed = cmp.Or(failed, err)
					return
				}
				sum = sum.Plus(got.Count)
			}
		})
	}
	all.Wait(ctx)
	if failed != nil {
		return sum, step.fail(ctx, failed)
	}
	step.done(ctx, fmt.Sprintf("%d rows: %d new, %d corrected, %d withdrawn, %d rejected",
		sum.Rows, sum.Inserted, sum.Updated, sum.Withdrawn, sum.Rejected))
	return sum, nil
}

// byTable is the files of each table, in their order.
func byTable(files []lfb.SourceFile) [][]lfb.SourceFile {
	var tables [][]lfb.SourceFile
	for _, f := range files {
		at := slices.IndexFunc(tables, func(t []lfb.SourceFile) bool { return t[0].Kind == f.Kind })
		if at < 0 {
			at, tables = len(tables), append(tables, nil)
		}
		tables[at] = append(tables[at], f)
	}
	return tables
}
