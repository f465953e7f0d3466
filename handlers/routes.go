package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/static"
	"berth/store"
)

// routes is the map of the web. What needs an account says user; what also
// needs a Proxmox node to act on says node after it.
func (a *site) routes(e *echo.Echo) {
	user, node := a.auth.RequireUser, a.RequireNode

	// For everyone.
	e.GET(web.HealthPath, a.healthz)
	e.HEAD("/healthz", a.healthz) // as the checks of some proxies ask
	e.GET(static.Prefix+"*", a.staticFile)
	e.HEAD(static.Prefix+"*", a.staticFile)

	e.GET("/setup", a.auth.BootstrapPage)
	e.POST("/setup", a.auth.Bootstrap)
	e.GET("/login", a.auth.LoginPage)
	e.POST("/login", a.auth.Login)
	e.POST("/logout", a.auth.Logout)
	e.GET("/invite/:token", a.auth.InvitePage)
	e.POST("/invite/:token", a.auth.AcceptInvite)

	// The account.
	e.GET("/account", a.auth.Account, user)
	e.POST("/account/password", a.auth.ChangePassword, user)
	e.POST("/account/sessions/others/end", a.auth.EndOtherSessions, user)
	e.POST("/account/sessions/:id/end", a.auth.EndSession, user)
	e.POST("/account/invites", a.auth.MakeInvite, user)

	// Containers. Those on all nodes are the dashboard, which says itself that there is no node.
	e.GET("/", a.dashboard, user)
	e.GET("/dashboard/events", a.dashboardEvents, user)
	e.GET("/palette", a.palette, user)
	e.GET(web.TagSheetPath, a.TagSheet, user)
	e.POST("/notices/dismiss", a.alertDismiss, user)
	e.POST("/notices/restore", a.alertRestore, user)

	// Bulk.
	e.GET("/containers/several", a.containers.BulkPage, user, node)
	e.POST("/containers/several", a.containers.BeginBulk, user, node)

	// One container. What ends something asks first.
	e.GET("/containers/:node/:vmid", a.containers.Show, user, node)
	e.GET("/containers/:node/:vmid/live", a.containers.Live, user, node)
	e.GET("/containers/:node/:vmid/menu", a.containers.Menu, user, node)
	e.GET("/containers/:node/:vmid/events", a.containers.Events, user, node)
	e.GET("/containers/:node/:vmid/events/latest", a.containers.Latest, user, node)
	e.GET("/containers/:node/:vmid/events/:upid", a.containers.EventLog, user, node)
	e.GET("/containers/:node/:vmid/figures", a.containers.Metrics, user, node)
	e.GET("/containers/:node/:vmid/figures/recent", a.containers.RecentMetrics, user, node)
	e.GET("/containers/:node/:vmid/configuration", a.containers.Configuration, user, node)
	e.GET("/containers/:node/:vmid/edit", a.containers.EditPage, user, node)
	e.POST("/containers/:node/:vmid/edit", a.containers.Edit, user, node)
	e.POST("/containers/:node/:vmid/edit/check", a.containers.EditCheck, user, node)
	e.POST("/containers/:node/:vmid/links", a.containers.SaveLink, user, node)
	e.GET("/containers/:node/:vmid/links/new", a.containers.LinkForm, user, node)
	e.POST("/containers/:node/:vmid/links/left", a.containers.LeftLinks, user, node)
	e.GET("/containers/:node/:vmid/links/:link", a.containers.LinkForm, user, node)
	e.POST("/containers/:node/:vmid/links/:link", a.containers.SaveLink, user, node)
	e.POST("/containers/:node/:vmid/links/:link/remove", a.containers.RemoveLink, user, node)
	e.GET("/containers/:node/:vmid/grow", a.containers.ResizePage, user, node)
	e.POST("/containers/:node/:vmid/grow", a.containers.Resize, user, node)
	e.GET("/containers/:node/:vmid/console", a.containers.Console, user, node)
	e.POST("/containers/:node/:vmid/console/tickets", a.containers.ConsoleTicket, user, node)
	e.GET("/containers/:node/:vmid/console/socket", a.containers.ConsoleSocket, user, node)
	e.POST("/containers/:node/:vmid/start", a.containers.Act(store.JobStart), user, node)
	for _, kind := range []store.JobKind{store.JobShutdown, store.JobStop, store.JobReboot} {
		e.GET("/containers/:node/:vmid/"+string(kind), a.containers.Confirm(kind), user, node)
		e.POST("/containers/:node/:vmid/"+string(kind), a.containers.Act(kind), user, node)
	}
	e.POST("/containers/:node/:vmid/pin", a.pin(true), user, node)
	e.POST("/containers/:node/:vmid/unpin", a.pin(false), user, node)
	e.POST("/containers/:node/:vmid/another", a.containers.Duplicate, user, node)
	e.GET("/containers/:node/:vmid/snapshots", a.containers.Snapshots, user, node)
	e.POST("/containers/:node/:vmid/snapshots", a.containers.MakeSnapshot, user, node)
	e.GET("/containers/:node/:vmid/snapshots/:snapshot/note", a.containers.SnapshotNotePage, user, node)
	e.POST("/containers/:node/:vmid/snapshots/:snapshot/note", a.containers.SnapshotNote, user, node)
	e.GET("/containers/:node/:vmid/snapshots/:snapshot/rollback", a.containers.Snapshot(store.JobRollback), user, node)
	e.POST("/containers/:node/:vmid/snapshots/:snapshot/rollback", a.containers.RollBack, user, node)
	e.GET("/containers/:node/:vmid/snapshots/:snapshot/delete", a.containers.Snapshot(store.JobDeleteSnapshot), user, node)
	e.POST("/containers/:node/:vmid/snapshots/:snapshot/delete", a.containers.DeleteSnapshot, user, node)
	e.GET("/containers/:node/:vmid/clone", a.containers.ClonePage, user, node)
	e.POST("/containers/:node/:vmid/clone", a.containers.Clone, user, node)
	e.GET("/containers/:node/:vmid/backups", a.containers.Backups, user, node)
	e.POST("/containers/:node/:vmid/backups", a.containers.BackUp, user, node)
	e.GET("/containers/:node/:vmid/delete", a.containers.Confirm(store.JobDelete), user, node)
	e.POST("/containers/:node/:vmid/delete", a.containers.Delete, user, node)

	// Inside a container, by SSH to its host.
	e.GET("/containers/:node/:vmid/services", a.containers.Services, user, node)
	e.GET("/containers/:node/:vmid/services/updates", a.containers.Updates, user, node)
	e.POST("/containers/:node/:vmid/services/credentials", a.containers.Credentials, user, node)
	e.GET("/containers/:node/:vmid/services/:name/log", a.containers.ServiceLog, user, node)
	e.GET("/containers/:node/:vmid/services/:name/log/events", a.containers.ServiceLogEvents, user, node)

	// The wizard. Its first step works without a node; a draft is made for one.
	e.GET("/containers/new", a.wizard.Start, user)
	e.POST("/containers/new", a.wizard.Begin, user, node)
	e.GET("/containers/new/:draft", a.wizard.Resume, user)
	e.GET("/containers/new/:draft/template", a.wizard.TemplatePage, user)
	e.POST("/containers/new/:draft/template", a.wizard.ChooseTemplate, user)
	e.GET("/containers/new/:draft/configure", a.wizard.Configure, user, node)
	e.POST("/containers/new/:draft/configure", a.wizard.SetConfiguration, user, node)
	e.POST("/containers/new/:draft/keep", a.wizard.Keep, user, node)
	e.POST("/containers/new/:draft/alike", a.wizard.Alike, user, node)
	e.POST("/containers/new/:draft/check", a.wizard.Check, user, node)
	e.GET("/containers/new/:draft/list", a.wizard.List, user, node)
	e.POST("/containers/new/:draft/node", a.wizard.Node, user, node)
	e.GET("/containers/new/:draft/ostemplate", a.wizard.OSTemplate, user, node)
	e.POST("/containers/new/:draft/fetch", a.wizard.Fetch, user, node)
	e.GET("/containers/new/:draft/packages", a.wizard.Packages, user)
	e.POST("/containers/new/:draft/packages", a.wizard.SetPackages, user)
	e.GET("/containers/new/:draft/scripts", a.wizard.Scripts, user)
	e.POST("/containers/new/:draft/scripts", a.wizard.SetScripts, user)
	e.GET("/containers/new/:draft/review", a.wizard.Review, user, node)
	e.POST("/containers/new/:draft/review", a.wizard.Create, user, node)
	e.POST("/containers/new/:draft/save-template", a.wizard.SaveTemplate, user, node)
	e.POST("/containers/new/:draft/discard", a.wizard.Discard, user)
	e.GET("/vmid", a.wizard.VMID, user, node)

	// Jobs.
	e.GET("/jobs", a.jobsPage, user)
	e.GET("/jobs/:id", a.jobPage, user)
	e.GET("/jobs/:id/said", a.jobSaid, user)
	e.GET("/jobs/:id/events", a.jobEvents, user)
	e.GET("/jobs/:id/log", a.jobLog, user)
	e.POST("/jobs/:id/cancel", a.jobCancel, user)
	e.POST("/jobs/:id/retry", a.jobRetry, user)
	e.POST("/jobs/:id/answer", a.jobAnswer, user)
	e.POST("/jobs/:id/destroy", a.jobDestroy, user)
	e.POST("/jobs/:id/keep", a.jobKeep, user)

	// Templates.
	e.GET("/templates", a.templates.List, user)
	e.GET("/templates/folder", a.templates.Folder, user)
	e.POST("/templates/folder", a.templates.ApplyFolder, user)
	e.POST("/templates", a.templates.Save, user)
	e.GET("/templates/new", a.templates.New, user)
	e.POST("/templates/new", a.templates.Rows, user)
	e.GET("/templates/check", a.templates.Check, user)
	e.POST("/templates/import", a.templates.Import, user)
	e.GET("/templates/:id", a.templates.Show, user)
	e.POST("/templates/:id", a.templates.Save, user)
	e.GET("/templates/:id/edit", a.templates.EditPage, user)
	e.POST("/templates/:id/edit", a.templates.Rows, user)
	e.GET("/templates/:id/export", a.templates.Export, user)
	e.POST("/templates/:id/duplicate", a.templates.Duplicate, user)
	e.GET("/templates/:id/delete", a.templates.DeletePage, user)
	e.POST("/templates/:id/delete", a.templates.Delete, user)

	// Package buckets, which templates share.
	e.GET("/packages", a.templates.Packages, user)
	e.POST("/packages", a.templates.PackagesSave, user)
	e.GET("/packages/new", a.templates.PackagesNew, user)
	e.GET("/packages/check", a.templates.PackagesCheck, user)
	e.GET("/packages/:id", a.templates.PackagesEditPage, user)
	e.POST("/packages/:id", a.templates.PackagesSave, user)
	e.GET("/packages/:id/delete", a.templates.PackagesDeletePage, user)
	e.POST("/packages/:id/delete", a.templates.PackagesDelete, user)

	// Settings: nodes, and nothing else.
	e.GET("/settings", redirectTo("/settings/nodes"), user)
	e.GET("/settings/nodes", a.settings.List, user)
	e.POST("/settings/nodes", a.settings.Add, user)
	e.GET("/settings/nodes/new", a.settings.New, user)
	e.GET("/settings/nodes/:id", a.settings.Edit, user)
	e.POST("/settings/nodes/:id", a.settings.Update, user)
	e.GET("/settings/nodes/:id/added", a.settings.Added, user)
	e.POST("/settings/nodes/:id/default", a.settings.MakeDefault, user)
	e.POST("/settings/nodes/:id/ssh", a.settings.SSH, user)
	e.POST("/settings/nodes/:id/ssh/test", a.settings.SSHTest, user)
	e.POST("/settings/nodes/:id/test", a.settings.Test, user)
	e.GET("/settings/nodes/:id/delete", a.settings.DeletePage, user)
	e.POST("/settings/nodes/:id/delete", a.settings.Delete, user)
}

// redirectTo leads from an address that people guess to the page that has what they look for.
func redirectTo(url string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, url) }
}
