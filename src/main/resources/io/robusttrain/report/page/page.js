(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('charts').textContent);
  const charts = [];
  // Charts with the same x axis show the same part of it.
  const spans = new Map();
  const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
  const MOST_DOTS = 60;
  const LINEAR = 1, LOG = 3, LOG_FROM_ZERO = 4;
  // Between epochs 1 and 2 of a chart that has values at whole epochs only, there is nothing to label.
  const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap(power => [1, 2, 5].map(factor => factor * 10 ** power));
  const narrow = () => innerWidth < 640;

  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = line => css('--c' + line.colour % 8);
  const shown = v => {
    if (v == null) return '–';
    const size = Math.abs(v);
    return size !== 0 && (size < 1e-3 || size >= 1e6) ? v.toExponential(3) : String(+v.toPrecision(6));
  };
  const tick = v => {
    if (v == null) return '';
    const rounded = +v.toPrecision(6), size = Math.abs(rounded);
    return size !== 0 && (size < 1e-3 || size >= 1e6) ? rounded.toExponential().replace('e+', 'e') : String(rounded);
  };
  const element = (name, attributes, text) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  class Chart {
    constructor(spec) {
      this.spec = spec;
      this.figure = document.getElementById(spec.id);
      this.holder = this.figure.querySelector('.plot');
      this.note = this.figure.querySelector('.note');
      this.log = spec.y.map(axis => axis.log);
      this.tables = spec.lines.map(line => [data.columns[line.x], line.y]);
      this.joined = uPlot.join(this.tables);
      this.hidden = new Set();
      this.span = spans.get(spec.group);
      this.span.charts.push(this);
      this.bars();
      this.keys();
      this.draw();
      new ResizeObserver(() => {
        const width = this.holder.clientWidth;
        if (width > 0 && width !== this.plot.width) this.plot.setSize({width, height: this.height()});
      }).observe(this.holder);
    }

    height() { return narrow() ? 240 : 280; }

    bars() {
      const tools = this.figure.querySelector('.tools');
      const add = (text, label, action) => {
        const button = element('button', {type: 'button', 'aria-label': label + ': ' + this.spec.title, title: label}, text);
        button.addEventListener('click', () => action(button));
        tools.append(button);
        return button;
      };
      add('+', 'zoom in', () => this.zoom(.5));
      add('−', 'zoom out', () => this.zoom(2));
      add('◀', 'move left', () => this.move(-.5));
      add('▶', 'move right', () => this.move(.5));
      add('all', 'show all', () => this.span.set(...this.span.full));
      this.spec.y.forEach((axis, i) => {
        const name = this.spec.y.length > 1 ? 'log ' + axis.label : 'log';
        add(name, 'logarithmic axis', button => {
          this.log[i] = !this.log[i];
          button.setAttribute('aria-pressed', this.log[i]);
          this.draw();
        }).setAttribute('aria-pressed', this.log[i]);
      });
    }

    keys() {
      this.holder.addEventListener('keydown', event => {
        const todo = {
          ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), Home: () => this.step(-1e9), End: () => this.step(1e9),
          '+': () => this.zoom(.5), '-': () => this.zoom(2), 0: () => this.span.set(...this.span.full)
        }[event.key];
        if (todo && event.target === this.holder) { event.preventDefault(); todo(); }
      });
    }

    /** Moves the cursor to another of about a hundred places and says what is there. */
    step(by) {
      const xs = this.plot.data[0];
      const {min, max} = this.plot.scales.x;
      let from = xs.findIndex(x => x >= min), to = xs.length - 1;
      while (to > from && xs[to] > max) to--;
      const stride = Math.max(1, Math.round((to - from) / 100));
      const now = this.plot.cursor.idx;
      const index = Math.min(to, Math.max(from, (now == null ? from : now) + by * stride));
      this.plot.setCursor({left: this.plot.valToPos(xs[index], 'x'), top: this.plot.over.clientHeight / 2});
      this.note.textContent = this.spec.x.label + ' ' + shown(xs[index]) + ': ' + this.spec.lines
          .map((line, i) => [line, this.plot.legend.values[i + 1]._])
          .filter(([line, value]) => line.name && value !== '–')
          .map(([line, value]) => line.name + ' ' + value).join(', ');
    }

    zoom(factor) {
      const place = this.place(), {min, max} = this.plot.scales.x;
      const cursor = this.plot.cursor.left;
      const middle = cursor >= 0 ? this.plot.posToVal(cursor, 'x') : place.back((place.to(min) + place.to(max)) / 2);
      const at = place.to(middle), low = place.to(min), high = place.to(max);
      this.span.set(place.back(at - (at - low) * factor), place.back(at + (high - at) * factor));
    }

    move(share) {
      const place = this.place(), {min, max} = this.plot.scales.x;
      const by = share * (place.to(max) - place.to(min));
      this.span.set(place.back(place.to(min) + by), place.back(place.to(max) + by));
    }

    /** Where values lie on the x axis. */
    place() {
      const kind = this.spec.x.scale;
      return kind === LOG ? {to: Math.log, back: Math.exp}
          : kind === LOG_FROM_ZERO ? {to: Math.asinh, back: Math.sinh} : {to: v => v, back: v => v};
    }

    draw() {
      if (this.plot) this.plot.destroy();
      const {spec} = this;
      const values = this.joined.map((column, i) =>
        i > 0 && this.log[spec.lines[i - 1].axis] ? column.map(v => v > 0 ? v : null) : column);
      const pen = {stroke: () => css('--soft'), grid: {stroke: () => css('--line'), width: 1},
        ticks: {stroke: () => css('--line'), width: 1}, font: '12px system-ui, sans-serif', labelFont: '12px system-ui, sans-serif'};
      const scales = {x: {time: false, distr: spec.x.scale, range: (u, min, max) => this.range(u, min, max)}};
      const axes = [{...pen, label: spec.x.label, labelSize: 18, size: 30, values: (u, all) => all.map(tick)}];
      if (spec.x.scale === LINEAR && values[0].every(Number.isInteger)) axes[0].incrs = WHOLE_STEPS;
      if (spec.x.ticks.length > 0) {
        axes[0].splits = u => spec.x.ticks.filter(t => t >= u.scales.x.min && t <= u.scales.x.max);
        axes[0].filter = (u, splits) => splits;
      }
      spec.y.forEach((axis, i) => {
        scales['y' + i] = {distr: this.log[i] ? LOG : LINEAR};
        axes.push({...pen, scale: 'y' + i, label: axis.label, labelSize: 20, side: i === 0 ? 3 : 1,
          grid: {...pen.grid, show: i === 0}, size: 60,
          values: (u, all) => all.map(tick)});
      });
      const series = [{label: spec.x.label, value: (u, v) => shown(v)}];
      spec.lines.forEach((line, i) => series.push({
        label: line.name, scale: 'y' + line.axis, stroke: () => colour(line), width: line.y.length > 1000 ? 1 : 1.75, dash: DASHES[line.dash % 4],
        class: line.name ? null : 'quiet', spanGaps: true, show: !this.hidden.has(i),
        points: {show: line.y.length <= MOST_DOTS, size: 6, fill: () => colour(line)},
        value: (u, v) => shown(v)
      }));
      this.plot = new uPlot({
        width: this.holder.clientWidth || 300, height: this.height(), scales, axes, series,
        legend: {markers: {width: 2, dash: (u, i) => ['solid', 'dashed', 'dotted', 'dashed'][spec.lines[i - 1].dash % 4]}},
        cursor: {
          sync: {key: spec.group, scales: ['x', null], setSeries: false},
          drag: {x: true, y: false, dist: 6},
          focus: {prox: spec.lines.length > 6 ? 24 : -1},
          dataIdx: (u, line, hovered, x) => this.nearest(u, line, hovered)
        },
        focus: {alpha: .35},
        hooks: {
          draw: [u => this.marks(u)],
          setScale: [(u, key) => { if (key === 'x') this.span.take(u.scales.x.min, u.scales.x.max); }],
          setCursor: [u => this.tell(u)],
          setSeries: [(u, i, changed) => { if (i > 0 && changed.show != null) this.hidden[changed.show ? 'delete' : 'add'](i - 1); }]
        }
      }, values, this.holder);
      this.legend();
      if (this.span.now) this.plot.setScale('x', {min: this.span.now[0], max: this.span.now[1]});
    }

    /** The nearest value of a line, for lines of several runs have their values at different places. */
    nearest(u, line, hovered) {
      const column = u.data[line];
      if (line === 0 || column[hovered] != null) return hovered;
      let left = hovered, right = hovered;
      while (left >= 0 && column[left] == null) left--;
      while (right < column.length && column[right] == null) right++;
      const xs = u.data[0], to = i => Math.abs(xs[i] - xs[hovered]);
      if (left < 0 && right >= column.length) return hovered;
      const found = left < 0 ? right : right >= column.length ? left : to(left) <= to(right) ? left : right;
      // Beyond the ends of a line there is nothing.
      const pixels = Math.abs(u.valToPos(xs[found], 'x') - u.valToPos(xs[hovered], 'x'));
      return left < 0 || right >= column.length ? (pixels > 12 ? hovered : found) : found;
    }

    legend() {
      this.holder.querySelectorAll('.u-legend .u-series').forEach((row, i) => {
        if (i === 0) return;
        const head = row.querySelector('th');
        head.tabIndex = 0;
        head.setAttribute('role', 'button');
        head.setAttribute('title', 'show or hide');
        head.addEventListener('keydown', event => {
          if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); head.click(); }
        });
      });
    }

    /** All of what lies on the x axis of any chart, or the part that was asked for. */
    range(u, min, max) {
      const xs = u.data[0];
      return xs.length < 2 || (min === xs[0] && max === xs[xs.length - 1]) ? this.span.full : [min, max];
    }

    marks(u) {
      const {ctx, bbox} = u, ratio = devicePixelRatio;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      for (const mark of this.spec.marks) {
        const at = Math.round(u.valToPos(mark.x, 'x', true));
        ctx.strokeStyle = ctx.fillStyle = css({best: '--good', alarm: '--bad', recovery: '--warn'}[mark.kind]);
        ctx.lineWidth = ratio;
        ctx.setLineDash(mark.kind === 'best' ? [] : [4 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(at, bbox.top);
        ctx.lineTo(at, bbox.top + bbox.height);
        ctx.stroke();
        if (mark.kind === 'best' && this.spec.marks.length < 8) {
          const after = at < bbox.left + bbox.width - 40 * ratio;
          ctx.font = 12 * ratio + 'px system-ui, sans-serif';
          ctx.textAlign = after ? 'left' : 'right';
          ctx.fillText('best', at + (after ? 4 : -4) * ratio, bbox.top + bbox.height - 6 * ratio);
        } else {
          ctx.beginPath();
          ctx.moveTo(at - 4 * ratio, bbox.top);
          ctx.lineTo(at + 4 * ratio, bbox.top);
          ctx.lineTo(at, bbox.top + 7 * ratio);
          ctx.fill();
        }
      }
      ctx.setLineDash([]);
      this.spec.lines.forEach((line, i) => {
        if (!line.spread || !u.series[i + 1].show) return;
        ctx.strokeStyle = colour(line);
        ctx.lineWidth = ratio;
        const scale = 'y' + line.axis;
        this.tables[i][0].forEach((x, k) => {
          if (!(line.spread[k] > 0) || line.y[k] == null) return;
          const at = u.valToPos(x, 'x', true), low = line.y[k] - line.spread[k];
          const bottom = this.log[line.axis] && low <= 0 ? bbox.top + bbox.height : u.valToPos(low, scale, true);
          ctx.beginPath();
          ctx.moveTo(at, bottom);
          ctx.lineTo(at, u.valToPos(line.y[k] + line.spread[k], scale, true));
          ctx.stroke();
        });
      });
      ctx.restore();
    }

    /** Says which marks are under the pointer. */
    tell(u) {
      const {left} = u.cursor;
      if (left == null || left < 0) return;
      const near = this.spec.marks.filter(mark => Math.abs(u.valToPos(mark.x, 'x') - left) < 5);
      const more = near.length > 2 ? ' and ' + (near.length - 2) + ' more' : '';
      this.note.textContent = near.slice(0, 2).map(mark => mark.text).join('; ') + more;
    }
  }

  /** What part of an x axis its charts show. */
  class Span {
    constructor(specs) {
      let low = Infinity, high = -Infinity;
      for (const spec of specs) {
        for (const line of spec.lines) {
          for (const x of data.columns[line.x]) { low = Math.min(low, x); high = Math.max(high, x); }
        }
      }
      this.full = low < high ? [low, high] : low === high ? [low - 1, high + 1] : [0, 1];
      this.now = null;
      this.charts = [];
    }

    set(min, max) {
      const low = Math.max(this.full[0], min), high = Math.min(this.full[1], max);
      if (high > low) this.take(low, high);
    }

    take(min, max) {
      if (this.busy || min == null || (this.now && this.now[0] === min && this.now[1] === max)) return;
      this.busy = true;
      this.now = [min, max];
      for (const chart of this.charts) {
        const x = chart.plot && chart.plot.scales.x;
        if (x && (x.min !== min || x.max !== max)) chart.plot.setScale('x', {min, max});
      }
      this.busy = false;
    }
  }

  const groups = new Map();
  for (const spec of data.charts) {
    if (!groups.has(spec.group)) groups.set(spec.group, []);
    groups.get(spec.group).push(spec);
  }
  for (const [group, specs] of groups) spans.set(group, new Span(specs));
  for (const spec of data.charts) charts.push(new Chart(spec));

  document.querySelectorAll('input[data-run]').forEach(box => box.addEventListener('change', () => {
    for (const chart of charts) {
      chart.spec.lines.forEach((line, i) => {
        if (line.run === +box.dataset.run) chart.plot.setSeries(i + 1, {show: box.checked});
      });
    }
  }));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => charts.forEach(chart => chart.draw()));
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
