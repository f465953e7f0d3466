package forms

import (
	"slices"
	"strconv"

	"berth/proxmox"
	"berth/views/human"
)

// Allow removes from the lists of the node the options that its token may not use for a new container, and adds the pools
// that it may use without seeing them listed (Pool.Audit). Nil rights, which are unknown, change nothing.
func (p *Configure) Allow(rights proxmox.Permissions) {
	if p.Rights = rights; rights == nil {
		return
	}
	c := &p.Choices
	c.Storages.Items = slices.DeleteFunc(c.Storages.Items, func(s proxmox.Storage) bool { return !rights.OnStorage(s.Name, "Datastore.AllocateSpace") })
	c.TemplateStorages.Items = slices.DeleteFunc(c.TemplateStorages.Items, func(s proxmox.Storage) bool { return !rights.OnStorage(s.Name, "Datastore.AllocateTemplate") })
	for _, name := range rights.PoolsToCreateIn() {
		if !slices.ContainsFunc(c.Pools.Items, func(x proxmox.Pool) bool { return x.Name == name }) {
			c.Pools.Items = append(c.Pools.Items, proxmox.Pool{Name: name})
		}
	}
}

// ChoosePool chooses the pool in which alone the token may make the container, when no other was chosen.
func (p Configure) ChoosePool() {
	if pools := p.OnlyPools(); len(pools) == 1 && p.Form.Get("pool") == "" && !p.MayCreateIn("") {
		p.Form.Values.Set("pool", pools[0])
	}
}

// OnlyPools are the pools in which alone the token may make containers; nil: it may anywhere, in none, or that is not known.
func (p Configure) OnlyPools() []string {
	if p.Rights == nil || p.Rights.CanCreateAnywhere() {
		return nil
	}
	var names []string
	for _, x := range p.Choices.Pools.Items {
		if p.Rights.CanCreate(0, x.Name) {
			names = append(names, x.Name)
		}
	}
	return names
}

// MayCreateIn tells whether the token may make the container of this number in a pool, or in none.
func (p Configure) MayCreateIn(pool string) bool {
	vmid, _ := proxmox.ParseVMID(p.Form.Get("vmid")) // 0 for text that is none: nobody has a right on that
	return p.Rights == nil || p.Rights.CanCreate(vmid, pool)
}

// PoolOptions are the pools to choose from. Where the token may make containers in some alone, there are no others.
func (p Configure) PoolOptions() []Option {
	only := p.OnlyPools()
	if len(only) == 0 || p.MayCreateIn("") {
		return PoolOptions(p.Choices.Pools.Items)
	}
	var options []Option
	if len(only) > 1 {
		options = append(options, Option{Value: "", Text: "Choose"})
	}
	for _, name := range only {
		options = append(options, Option{Value: name, Text: name})
	}
	return options
}

// checkRights marks the choices that the token may not use, so that the form fails and not the job.
func (p Configure) checkRights() {
	if p.Rights == nil {
		return
	}
	f, node := p.Form, p.Node.Node.Name
	if only := p.OnlyPools(); len(only) > 0 && !p.MayCreateIn(f.Get("pool")) {
		where := "the pool " + only[0] + " only; choose it"
		if len(only) > 1 {
			where = "the pools " + human.List(only) + " only; choose one of them"
		}
		f.mark("pool", "The token of "+node+" may create containers in "+where)
	}
	if bridge, vlan := f.Get("bridge"), f.Get("vlan"); bridge != "" && !p.Rights.OnBridge(bridge, vlan) {
		with := "without a VLAN"
		if vlan != "" {
			with = "with the VLAN " + vlan
		}
		f.mark("bridge", "The token of "+node+" may not use "+bridge+" "+with+": it lacks SDN.Use there")
	}
}

// TagsLater tells whether the tags of the new container are to be set once it is there: to give them with the create
// call takes VM.Config.Options on the container itself, and its pool is not enough; to change them later, it is.
func (p Configure) TagsLater() bool {
	vmid, _ := proxmox.ParseVMID(p.Form.Get("vmid")) // which was checked
	return p.Rights != nil && p.Form.Get("pool") != "" && !p.Rights.Has("/vms/"+strconv.Itoa(vmid), "VM.Config.Options")
}
