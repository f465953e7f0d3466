package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/static"
	"berth/store"
)

// routes is the map of the web. What needs an account says a.requireUser; what also
// needs a Proxmox node to act on says a.requireNode after it.
func (a *app) routes(e *echo.Echo) {
	user, node := a.requireUser, a.requireNode

	// For everyone.
	e.GET(healthPath, a.healthz)
	e.HEAD("/healthz", a.healthz) // as the checks of some proxies ask
	e.GET(static.Prefix+"*", a.staticFile)
	e.HEAD(static.Prefix+"*", a.staticFile)

	e.GET("/setup", a.setupPage)
	e.POST("/setup", a.setup)
	e.GET("/login", a.loginPage)
	e.POST("/login", a.login)
	e.POST("/logout", a.logout)
	e.GET("/invite/:token", a.invitePage)
	e.POST("/invite/:token", a.acceptInvite)

	// The account.
	e.GET("/account", a.account, user)
	e.POST("/account/password", a.changePassword, user)
	e.POST("/account/sessions/others/end", a.endOtherSessions, user)
	e.POST("/account/sessions/:id/end", a.endSession, user)
	e.POST("/account/invites", a.makeInvite, user)

	// Containers. Those on all nodes are the dashboard, which says itself that there is no node.
	e.GET("/", a.dashboard, user)
	e.GET("/dashboard/events", a.dashboardEvents, user)
	e.POST("/notices/dismiss", a.alertDismiss, user)

	// Several at once.
	e.GET("/containers/several", a.severalPage, user, node)
	e.POST("/containers/several", a.severalBegin, user, node)

	// One container. What ends something asks first.
	e.GET("/containers/:node/:vmid", a.container, user, node)
	e.GET("/containers/:node/:vmid/live", a.containerLive, user, node)
	e.GET("/containers/:node/:vmid/events", a.containerEvents, user, node)
	e.GET("/containers/:node/:vmid/events/latest", a.containerLatest, user, node)
	e.GET("/containers/:node/:vmid/events/:upid", a.containerEventLog, user, node)
	e.GET("/containers/:node/:vmid/figures", a.containerFigures, user, node)
	e.GET("/containers/:node/:vmid/figures/recent", a.containerRecentFigures, user, node)
	e.GET("/containers/:node/:vmid/edit", a.containerEditPage, user, node)
	e.POST("/containers/:node/:vmid/edit", a.containerEdit, user, node)
	e.POST("/containers/:node/:vmid/edit/check", a.containerEditCheck, user, node)
	e.GET("/containers/:node/:vmid/grow", a.containerGrowPage, user, node)
	e.POST("/containers/:node/:vmid/grow", a.containerGrow, user, node)
	e.GET("/containers/:node/:vmid/console", a.containerConsole, user, node)
	e.POST("/containers/:node/:vmid/console/tickets", a.consoleTicket, user, node)
	e.GET("/containers/:node/:vmid/console/socket", a.consoleSocket, user, node)
	e.POST("/containers/:node/:vmid/start", a.containerAct(store.JobStart), user, node)
	for _, kind := range []store.JobKind{store.JobShutdown, store.JobStop, store.JobReboot} {
		e.GET("/containers/:node/:vmid/"+string(kind), a.containerConfirm(kind), user, node)
		e.POST("/containers/:node/:vmid/"+string(kind), a.containerAct(kind), user, node)
	}
	e.POST("/containers/:node/:vmid/another", a.containerAnother, user, node)
	e.GET("/containers/:node/:vmid/snapshots", a.containerSnapshots, user, node)
	e.POST("/containers/:node/:vmid/snapshots", a.containerMakeSnapshot, user, node)
	e.GET("/containers/:node/:vmid/snapshots/:snapshot/note", a.containerSnapshotNotePage, user, node)
	e.POST("/containers/:node/:vmid/snapshots/:snapshot/note", a.containerSnapshotNote, user, node)
	e.GET("/containers/:node/:vmid/snapshots/:snapshot/rollback", a.containerSnapshot(store.JobRollback), user, node)
	e.POST("/containers/:node/:vmid/snapshots/:snapshot/rollback", a.containerRollBack, user, node)
	e.GET("/containers/:node/:vmid/snapshots/:snapshot/delete", a.containerSnapshot(store.JobDeleteSnapshot), user, node)
	e.POST("/containers/:node/:vmid/snapshots/:snapshot/delete", a.containerDeleteSnapshot, user, node)
	e.GET("/containers/:node/:vmid/clone", a.containerClonePage, user, node)
	e.POST("/containers/:node/:vmid/clone", a.containerClone, user, node)
	e.GET("/containers/:node/:vmid/backups", a.containerBackups, user, node)
	e.POST("/containers/:node/:vmid/backups", a.containerBackUp, user, node)
	e.GET("/containers/:node/:vmid/delete", a.containerConfirm(store.JobDelete), user, node)
	e.POST("/containers/:node/:vmid/delete", a.containerDelete, user, node)

	// Inside a container, by SSH to its host.
	e.GET("/containers/:node/:vmid/services", a.containerServices, user, node)
	e.GET("/containers/:node/:vmid/services/updates", a.containerUpdates, user, node)
	e.POST("/containers/:node/:vmid/services/credentials", a.containerCredentials, user, node)
	e.GET("/containers/:node/:vmid/services/:name/log", a.containerLog, user, node)
	e.GET("/containers/:node/:vmid/services/:name/log/events", a.containerLogEvents, user, node)

	// The wizard. Its first step works without a node; a draft is made for one.
	e.GET("/containers/new", a.wizardStart, user)
	e.POST("/containers/new", a.wizardBegin, user, node)
	e.GET("/containers/new/:draft", a.wizardResume, user)
	e.GET("/containers/new/:draft/template", a.wizardTemplate, user)
	e.POST("/containers/new/:draft/template", a.wizardChooseTemplate, user)
	e.GET("/containers/new/:draft/configure", a.wizardConfigure, user, node)
	e.POST("/containers/new/:draft/configure", a.wizardSetConfiguration, user, node)
	e.POST("/containers/new/:draft/keep", a.wizardKeep, user, node)
	e.POST("/containers/new/:draft/check", a.wizardCheck, user, node)
	e.GET("/containers/new/:draft/list", a.wizardList, user, node)
	e.POST("/containers/new/:draft/node", a.wizardNode, user, node)
	e.GET("/containers/new/:draft/ostemplate", a.wizardOSTemplate, user, node)
	e.POST("/containers/new/:draft/fetch", a.wizardFetch, user, node)
	e.GET("/containers/new/:draft/packages", a.wizardPackages, user)
	e.POST("/containers/new/:draft/packages", a.wizardSetPackages, user)
	e.GET("/containers/new/:draft/scripts", a.wizardScripts, user)
	e.POST("/containers/new/:draft/scripts", a.wizardSetScripts, user)
	e.GET("/containers/new/:draft/review", a.wizardReview, user, node)
	e.POST("/containers/new/:draft/review", a.wizardCreate, user, node)
	e.POST("/containers/new/:draft/save-template", a.wizardSaveTemplate, user, node)
	e.POST("/containers/new/:draft/discard", a.wizardDiscard, user)
	e.GET("/vmid", a.vmid, user, node)

	// Jobs.
	e.GET("/jobs", a.jobsPage, user)
	e.GET("/jobs/:id", a.jobPage, user)
	e.GET("/jobs/:id/events", a.jobEvents, user)
	e.GET("/jobs/:id/log", a.jobLog, user)
	e.POST("/jobs/:id/cancel", a.jobCancel, user)
	e.POST("/jobs/:id/retry", a.jobRetry, user)
	e.POST("/jobs/:id/answer", a.jobAnswer, user)
	e.POST("/jobs/:id/destroy", a.jobDestroy, user)
	e.POST("/jobs/:id/keep", a.jobKeep, user)

	// Templates.
	e.GET("/templates", a.templates, user)
	e.GET("/templates/folder", a.templatesFolder, user)
	e.POST("/templates/folder", a.templatesFolderTake, user)
	e.POST("/templates", a.templateSave, user)
	e.GET("/templates/new", a.templateNew, user)
	e.POST("/templates/new", a.templateRows, user)
	e.GET("/templates/check", a.templateCheck, user)
	e.POST("/templates/import", a.templateImport, user)
	e.GET("/templates/:id", a.template, user)
	e.POST("/templates/:id", a.templateSave, user)
	e.GET("/templates/:id/edit", a.templateEditPage, user)
	e.POST("/templates/:id/edit", a.templateRows, user)
	e.GET("/templates/:id/export", a.templateExport, user)
	e.POST("/templates/:id/duplicate", a.templateDuplicate, user)
	e.GET("/templates/:id/delete", a.templateDeletePage, user)
	e.POST("/templates/:id/delete", a.templateDelete, user)

	// Package buckets, which templates share.
	e.GET("/packages", a.packages, user)
	e.POST("/packages", a.packagesSave, user)
	e.GET("/packages/new", a.packagesNew, user)
	e.GET("/packages/check", a.packagesCheck, user)
	e.GET("/packages/:id", a.packagesEditPage, user)
	e.POST("/packages/:id", a.packagesSave, user)
	e.GET("/packages/:id/delete", a.packagesDeletePage, user)
	e.POST("/packages/:id/delete", a.packagesDelete, user)

	// Settings: nodes, and nothing else.
	e.GET("/settings", redirectTo("/settings/nodes"), user)
	e.GET("/settings/nodes", a.nodes, user)
	e.POST("/settings/nodes", a.nodeAdd, user)
	e.GET("/settings/nodes/new", a.nodeNew, user)
	e.GET("/settings/nodes/:id", a.nodeEdit, user)
	e.POST("/settings/nodes/:id", a.nodeUpdate, user)
	e.POST("/settings/nodes/:id/default", a.nodeMakeDefault, user)
	e.POST("/settings/nodes/:id/ssh", a.nodeSSH, user)
	e.POST("/settings/nodes/:id/ssh/test", a.nodeSSHTest, user)
	e.POST("/settings/nodes/:id/test", a.nodeTest, user)
	e.GET("/settings/nodes/:id/delete", a.nodeDeletePage, user)
	e.POST("/settings/nodes/:id/delete", a.nodeDelete, user)
}

// redirectTo leads from an address that people guess to the page that has what they look for.
func redirectTo(url string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, url) }
}
