package server

// startKeeping sees to it that what happens is kept, if there is a store, and
// that what was kept is there again.
func (h *hub) startKeeping() error {
	check := h.config.OnDefect != nil
	if !check {
		return nil
	}
	h.keeper = newKeeper(h, check)
	h.masterKeys.spent.keeper = h.keeper
	h.touch(&h.secrets, &h.ids)
	h.keeper.seal()
	return nil
}

// stopKeeping ends the keeping.
func (h *hub) stopKeeping() {
	h.lock()
	defects := h.keeper.check()
	h.unlock()
	for _, err := range defects {
		h.defect(err, nil)
	}
}
