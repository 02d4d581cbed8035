-- The original project's joined SELECT of 14 columns, over the brigade's rows
-- and over made-up ones, which are never mixed.
CREATE OR REPLACE VIEW attendance AS
SELECT i.DateOfCall, i.HourOfCall, i.IncGeo_BoroughCode, i.IncGeo_WardCode, i.Easting_rounded, i.Northing_rounded,
       i.IncidentStationGround, i.NumStationsWithPumpsAttending, i.NumPumpsAttending, i.PumpCount,
       CAST(CEILING(i.PumpMinutesRounded / 60) AS SIGNED) AS PumpHoursRoundUp, m.PumpOrder,
       COALESCE(m.DelayCodeId, 1) AS DelayCodeId, m.AttendanceTimeSeconds
  FROM incident i
  JOIN mobilisation m ON m.Origin = i.Origin AND m.IncidentNumber = i.IncidentNumber
 WHERE i.Origin = 1 AND i.WithdrawnAt IS NULL AND m.WithdrawnAt IS NULL;

CREATE OR REPLACE VIEW attendance_synthetic AS
SELECT i.DateOfCall, i.HourOfCall, i.IncGeo_BoroughCode, i.IncGeo_WardCode, i.Easting_rounded, i.Northing_rounded,
       i.IncidentStationGround, i.NumStationsWithPumpsAttending, i.NumPumpsAttending, i.PumpCount,
       CAST(CEILING(i.PumpMinutesRounded / 60) AS SIGNED) AS PumpHoursRoundUp, m.PumpOrder,
       COALESCE(m.DelayCodeId, 1) AS DelayCodeId, m.AttendanceTimeSeconds
  FROM incident i
  JOIN mobilisation m ON m.Origin = i.Origin AND m.IncidentNumber = i.IncidentNumber
 WHERE i.Origin = 2 AND i.WithdrawnAt IS NULL AND m.WithdrawnAt IS NULL;
