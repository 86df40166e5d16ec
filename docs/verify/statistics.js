// Figures counted again from the entries alone: what a centre reports must follow from its record.
(function (verify) {
  'use strict';

  const bump = (map, key, by = 1) => map.set(key, (map.get(key) ?? 0) + by);

  /** Feed it every entry in order; `tables()` answers [{title, rows: [[name, number]]}], the largest first. */
  class Statistics {
    constructor() {
      this.kinds = new Map();
      this.days = new Map();
      this.incidents = new Map();  // id -> {type, state, outcome, test, real}
      this.purposes = new Map();
      this.actors = new Map();
      this.views = { permitted: 0, opened: 0, refused: 0, frames: 0 };
    }

    add(entry) {
      bump(this.kinds, entry.kind);
      bump(this.days, entry.time.slice(0, 10));
      const payload = entry.payload;
      if (payload === null) return;  // Erased: what its order left of it comes with the order.
      this.learn(entry.kind, payload, entry.actor);
      if (entry.kind !== 'erasure.ordered') return;
      // Nothing is counted twice: an erased entry had no payload above, and one that stands has been counted whole.
      for (const one of payload.entries) if (this.isErased?.(one.seq)) this.learn(one.kind, verify.leftOf(one.kind, one.left), null);
    }

    learn(kind, payload, actor) {
      if (kind === 'incident.opened') {
        const known = this.incidents.get(payload.incident);
        this.incidents.set(payload.incident, { outcome: '', real: false, ...known, type: payload.type || 'without a type', state: known?.state ?? payload.state, test: payload.test === true });
      } else if (kind === 'incident.changed' || kind === 'incident.acted') {
        const known = this.incidents.get(payload.incident);
        const next = { ...known, outcome: payload.outcome || known?.outcome || '', real: known?.real === true || payload.real === true };
        // A state that is learnt late, from an order, does not undo a later one.
        if (known === undefined || rank(known.state) <= rank(payload.to)) next.state = payload.to;
        this.incidents.set(payload.incident, next);
      } else if (kind === 'grant.issued') {
        bump(this.purposes, payload.purpose);
      } else if (kind === 'view.permitted') {
        ++this.views.permitted;
        if (actor) bump(this.actors, actor);
      } else if (kind === 'view.opened') {
        ++this.views.opened;
      } else if (kind === 'view.refused') {
        // One entry stands for as many as it says.
        this.views.refused += Number.isSafeInteger(payload.count) && payload.count > 0 ? payload.count : 1;
      } else if (kind === 'view.closed') {
        this.views.frames += Number.isSafeInteger(payload.frames) ? payload.frames : 0;
      }
    }

    tables() {
      const types = new Map(), practice = new Map(), states = new Map(), outcomes = new Map();
      for (const { type, state, outcome, test, real } of this.incidents.values()) {
        // What was opened as a drill or a test, and was never said to be real, is in no figure of incidents.
        const isPractice = test && !real;
        if (type) bump(isPractice ? practice : types, type);
        if (isPractice) continue;
        bump(states, state);
        if (outcome) bump(outcomes, outcome);
      }
      const table = (title, map) => ({ title, rows: [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)) });
      return [
        table('Entries by kind', this.kinds),
        { title: 'Entries by day (UTC)', rows: [...this.days] },
        table('Incidents by type', types),
        table('Drills and tests by type', practice),
        table('Incidents by state', states),
        table('Closed with the outcome', outcomes),
        table('Grants by purpose', this.purposes),
        { title: 'Views', rows: Object.entries(this.views) },
        table('Views permitted by person', this.actors),
      ].filter(({ rows }) => rows.length > 0);
    }
  }

  const order = ['new', 'received', 'acting', 'released', 'closed', 'cancelled', 'auto_closed'];
  const rank = (state) => order.indexOf(state);

  Object.assign(verify, { Statistics });
})(globalThis.BongsuVerify ??= {});
