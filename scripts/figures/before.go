package main

// before are the figures of commit 01f05bb, the last one before issue 10, as this program counts them.
var before = struct {
	rooms, folders, code, templ, roomMedian, roomMax, file, long, function, comments, tests, golden, exports, views, unused string
}{
	rooms: "13", folders: "13", code: "55808", templ: "6117", roomMedian: "3617", roomMax: "16485", file: "144/328/990", long: "6/4",
	function: "9/26/245", comments: "10.9", tests: "0.66", golden: "12394", exports: "30/314", views: "314", unused: "100",
}
