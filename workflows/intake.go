package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"lfb/activities"
	"lfb/internal/lfb"
)

// intake is the first steps of whatever works on what is published now.
type intake struct {
	source activities.SourceSpec
	board  *board
	a      *activities.Activities // nil: only names the methods
}

// fetch stores every file that the source has, and says how many are new.
func (i intake) fetch(ctx workflow.Context) ([]lfb.SourceFile, error) {
	step := i.board.start(ctx, "fetch", "list the files of "+i.source.Name)
	var list activities.ListFilesResult
	err := workflow.ExecuteActivity(with(ctx, fetch, "files of "+i.source.Name),
		i.a.ListFiles, activities.ListFilesInput{Source: i.source}).Get(ctx, &list)
	if err != nil {
		return nil, step.fail(ctx, err)
	}
	var files []lfb.SourceFile
	fresh := 0
	for n, item := range list.Items {
		step.note(ctx, fmt.Sprintf("%d of %d: %s", n+1, len(list.Items), item.Name))
		var got activities.FetchFileResult
		err := workflow.ExecuteActivity(with(ctx, fetch, item.Name), i.a.FetchFile,
			activities.FetchFileInput{Source: i.source, Item: item}).Get(ctx, &got)
		if err != nil {
			return nil, step.fail(ctx, err)
		}
		if got.New {
			fresh++
		}
		files = append(files, got.File)
	}
	step.done(ctx, fmt.Sprintf("%s, %d new", count(len(files), "file"), fresh))
	return files, nil
}

// load brings the files' rows into the tables.
func (i intake) load(ctx workflow.Context, files []lfb.SourceFile) error {
	step := i.board.start(ctx, "load", "")
	var sum lfb.LoadCount
	for n, f := range files {
		step.note(ctx, fmt.Sprintf("%d of %d: %s", n+1, len(files), f.Name))
		var got activities.LoadFileResult
		err := workflow.ExecuteActivity(with(ctx, load, f.Name), i.a.LoadFile,
			activities.LoadFileInput{File: f, MaxRejects: i.source.MaxRejects}).Get(ctx, &got)
		if err != nil {
			return step.fail(ctx, err)
		}
		sum = sum.Plus(got.Count)
	}
	step.done(ctx, fmt.Sprintf("%d rows: %d new, %d corrected, %d withdrawn, %d rejected",
		sum.Rows, sum.Inserted, sum.Updated, sum.Withdrawn, sum.Rejected))
	return nil
}
