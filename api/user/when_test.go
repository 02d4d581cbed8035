package user_test

// whenShapes say the time as the brigade's files of all years do, in parts.
func whenShapes() []shape {
	const at = "postcode,time\nSE1 9NF,2017-07-08T14:25:09+01:00\n"
	const night = "postcode,time\nSE1 9NF,2017-07-08T00:30:00+01:00\n"
	out := []shape{
		{name: "an hour alone", body: "postcode,DateOfCall,HourOfCall\nSE1 9NF,2017-07-08,0\n", same: night},
		{
			name: "a day that is none", body: "postcode,DateOfCall\nSE1 9NF,2017-02-29\n", same: plainHead,
			wrong: map[int]string{1: `column DateOfCall: "2017-02-29" is no date`},
		},
		{
			name: "a clock that is none", body: "postcode,DateOfCall,TimeOfCall\nSE1 9NF,2017-02-28,25:00\n", same: plainHead,
			wrong: map[int]string{1: `column TimeOfCall: "25:00" is no time`},
		},
		{
			name: "an hour that is skipped", body: "postcode,DateOfCall,TimeOfCall\nSE1 9NF,2026-03-29,01:30\n", same: plainHead,
			wrong: map[int]string{1: "column DateOfCall: \"2026-03-29 01:30\" is within the hour that the clocks skip"},
		},
	}
	for _, date := range []string{
		"2017-07-08", "2017-07-08 00:00:00", "08 Jul 2017", "08-Jul-17", "8-Jul-17", "8/7/2017", "08/07/2017", "08.07.2017",
		"42924",
	} {
		for _, clock := range []string{"14:25:09", "2:25:09 PM", "1899-12-30 14:25:09"} {
			out = append(out, shape{
				name: date + " and " + clock, same: at,
				body: "postcode,DateOfCall,TimeOfCall,HourOfCall\nSE1 9NF," + date + "," + clock + ",14\n",
			})
		}
	}
	return out
}
