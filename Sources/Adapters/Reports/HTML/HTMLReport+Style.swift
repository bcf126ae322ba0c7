extension HTMLReport {
  /// The whole style sheet; the policy names its hash.
  ///
  /// Each state has a shape beside its colour, and each kind of bar a pattern, so that neither print
  /// nor an eye that sees no colours loses anything.
  static let style = """
    :root{color-scheme:light dark;--paper:#f6f7f9;--card:#fff;--ink:#1b2230;--quiet:#5b6577;--line:#e0e4ea;--accent:#2458b8;--critical:#b3261e;--critical-soft:#fbe9e7;--warning:#8a5a00;--warning-soft:#fdf1d8;--unknown:#6a41b5;--unknown-soft:#efe9fb;--ok:#1d7a4c;--ok-soft:#e3f4ea;--rest:#7fa4dc;--spent:#d5dde9;--code:#eef1f5}
    @media (prefers-color-scheme:dark){:root{--paper:#11151c;--card:#191f29;--ink:#e6e9ef;--quiet:#9aa5b8;--line:#2b3442;--accent:#8ab4ff;--critical:#ff8a80;--critical-soft:#3a1f1f;--warning:#f0b64c;--warning-soft:#352a14;--unknown:#c2a5ff;--unknown-soft:#2a2340;--ok:#6fd19b;--ok-soft:#173226;--rest:#4a74b8;--spent:#2c3646;--code:#232b38}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
    body{margin:0 auto;max-width:76rem;padding:2rem 1.5rem 3rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;print-color-adjust:exact;-webkit-print-color-adjust:exact}
    a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
    a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
    p,h1,h2,ul,ol,dl,dd{margin:0;padding:0}ul,ol{list-style:none}
    h2{font-size:1.15rem;font-weight:650;margin-bottom:.75rem}
    time,.counts b,td{font-variant-numeric:tabular-nums}
    code{font:.875em ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--code);border-radius:4px;padding:.1em .4em;overflow-wrap:anywhere}
    .quiet,.when,footer{color:var(--quiet)}
    .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem}
    .brand{color:var(--quiet);font-size:.9rem}.brand b{color:var(--ink);letter-spacing:.02em;margin-right:.35rem}
    h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;font-weight:700;letter-spacing:-.015em;margin:.35rem 0 .35rem;text-wrap:balance}
    .counts{display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem;margin:1.25rem 0}
    .counts li{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.8rem 1rem;display:flex;align-items:baseline;gap:.6rem;flex-wrap:wrap}
    .counts b{font-size:1.7rem;line-height:1.1;font-weight:680}.counts .none{opacity:.6}
    nav{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.9rem}
    section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem 1.4rem;margin-top:1.1rem}
    .state{display:inline-flex;align-items:center;gap:.4em;font-size:.82rem;font-weight:600;white-space:nowrap;color:var(--c)}
    .critical{--c:var(--critical);--soft:var(--critical-soft)}.warning{--c:var(--warning);--soft:var(--warning-soft)}.unknown{--c:var(--unknown);--soft:var(--unknown-soft)}.ok{--c:var(--ok);--soft:var(--ok-soft)}
    .state::before{content:"";width:.8em;height:.8em;flex:none;background:var(--c)}
    .state.critical::before{clip-path:polygon(30% 0,70% 0,100% 30%,100% 70%,70% 100%,30% 100%,0 70%,0 30%)}
    .state.warning::before{clip-path:polygon(50% 4%,100% 96%,0 96%)}
    .state.unknown::before{clip-path:polygon(50% 0,100% 50%,50% 100%,0 50%)}
    .state.ok::before{border-radius:50%;background:none;border:.18em solid var(--c)}
    .calm{display:flex;gap:.75rem;flex-wrap:wrap;align-items:baseline}
    .actions li{display:grid;grid-template-columns:6.2rem 1fr auto;gap:.25rem 1rem;padding:.8rem 0;border-top:1px solid var(--line)}
    .actions li:first-child{border-top:0;padding-top:.2rem}.actions li:last-child{padding-bottom:.2rem}
    .actions .state{align-self:start;padding:.2rem .1rem}
    .actions a{font-weight:600}.what{min-width:0;overflow-wrap:anywhere}.remedy{color:var(--quiet)}.remedy code{color:var(--ink)}
    .due{text-align:right;white-space:nowrap}.due time{font-weight:600}.due .quiet:last-child{display:block;font-size:.85rem}
    .timeline{display:block;width:100%;height:auto;overflow:visible}.timeline.narrow{display:none}
    .timeline text{font-size:12.5px;fill:var(--ink)}.timeline .name{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}.timeline text.left{text-anchor:end;fill:var(--quiet)}.timeline text.month{font-size:11.5px;fill:var(--quiet)}
    .month{stroke:var(--line);fill:none}.month.year{stroke:var(--quiet);stroke-opacity:.45}text.month{stroke:none}
    .band{fill:var(--paper);opacity:.55}.dot{fill:var(--c)}.ok .dot{fill:none;stroke:var(--c);stroke-width:2}
    .spent{fill:var(--spent)}.rest{fill:var(--rest)}.soon{fill:var(--warning-soft)}.soon-lines{stroke:var(--warning);stroke-width:1.6;fill:none}.late{fill:var(--critical-soft)}.late-lines{stroke:var(--critical);stroke-width:1.2;fill:none}
    rect.soon,rect.late{fill:revert-layer}
    .previous{fill:var(--quiet);opacity:.55}.pending{fill:none;stroke:var(--accent);stroke-dasharray:3 2}
    .tick{stroke:var(--quiet)}.end{stroke:var(--ink);stroke-width:2}
    .mark{stroke:var(--card);stroke-width:1.5}.self{fill:var(--accent)}.retire{fill:var(--quiet)}.hand{fill:var(--warning)}
    path.today{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:4 3}.timeline text.today{text-anchor:middle;font-weight:650;font-size:11.5px}
    .words{margin-top:.75rem;font-size:.9rem}.words summary{color:var(--accent);cursor:pointer}.words li{padding:.25rem 0;overflow-wrap:anywhere}
    .ahead li{display:grid;grid-template-columns:6.2rem 7rem 6.2rem 1fr;gap:0 1rem;padding:.4rem 0;border-top:1px solid var(--line);align-items:baseline}.ahead li:first-child{border-top:0}.ahead span:last-child{min-width:0;overflow-wrap:anywhere}
    table,thead,tbody{display:block;width:100%}table{margin-top:.9rem}
    td.state{display:flex}tr{display:grid;grid-template-columns:6rem minmax(9rem,1.6fr) 6.4rem 7rem 6.4rem minmax(9rem,1.8fr) 1rem;gap:0 1rem;align-items:baseline;position:relative;border-top:1px solid var(--line);padding:.55rem 0}
    thead tr{border-top:0;padding-top:0}thead th{text-align:left;font-size:.82rem;font-weight:600;color:var(--quiet)}
    .many tbody{content-visibility:auto;contain-intrinsic-size:auto 200rem}tbody tr{text-align:left}tbody tr:hover{background:var(--paper)}tbody tr:target{background:var(--soft)}
    td,th{padding:0;min-width:0;overflow-wrap:anywhere;font-weight:400}
    tbody th{text-align:left;font-weight:600}tbody th span{display:block;font-weight:400;font-size:.85rem;color:var(--quiet)}
    td svg{display:block;width:100%;height:4px;margin-top:.35rem;border-radius:2px;background:var(--spent);fill:var(--c)}td,tbody th,tr span,dd,tr p,tr li,tr b,tr i,tr code{unicode-bidi:isolate}
    td:nth-child(6){font-size:.9rem;color:var(--quiet)}td:nth-child(6) time{color:var(--ink)}
    td:last-child{grid-column:1/-1}
    tr summary{position:absolute;inset:0;cursor:pointer;list-style:none}tr summary::-webkit-details-marker{display:none}
    tr summary::after{content:"";position:absolute;right:.3rem;top:1rem;width:.5rem;height:.5rem;border:solid var(--quiet);border-width:0 2px 2px 0;transform:rotate(45deg)}tr details[open] summary::after{transform:rotate(225deg);top:1.25rem}
    details div{position:relative;margin:.6rem 0 .3rem;padding:.9rem 1.1rem;background:var(--paper);border:1px solid var(--line);border-radius:10px;font-size:.9rem}
    details div>p{margin-bottom:.4rem}details dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem}dt{color:var(--quiet)}dd{min-width:0;overflow-wrap:anywhere}
    details ol{margin-top:.7rem;border-left:2px solid var(--line);padding-left:.9rem}details ol li{padding:.15rem 0;overflow-wrap:anywhere}details ol time,details ol i,tr i{color:var(--quiet);font-style:normal}details ol b{font-weight:600}
    .tenants tr{grid-template-columns:6rem minmax(8rem,1.8fr) 6.4rem repeat(5,minmax(3.4rem,.7fr)) 6.4rem}.tenants td:nth-child(6){font-size:inherit;color:inherit}.tenants td:last-child{grid-column:auto}.tenants tr>:nth-child(n+4):nth-child(-n+8){text-align:right}
    .legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:.6rem 1.6rem;font-size:.9rem}.legend div{display:grid;grid-template-columns:5.6rem 1fr;gap:.8rem;align-items:baseline}.legend .key{width:2.5rem;height:.75rem}
    footer{margin-top:1.2rem;font-size:.85rem}
    @media (max-width:46rem){body{padding:1.1rem .8rem 2rem}section{padding:1rem;border-radius:12px}.counts{grid-template-columns:1fr 1fr;gap:.5rem}.counts li{padding:.6rem .8rem}
    .actions li{grid-template-columns:1fr auto}.actions .what{grid-column:1/-1;grid-row:2}.due{grid-column:2;grid-row:1}.due .quiet:last-child{display:inline}.due .quiet:first-child{display:none}
    .timeline.wide{display:none}.timeline.narrow{display:block}
    .ahead li{grid-template-columns:auto 1fr auto;gap:.1rem .8rem}.ahead span:last-child{grid-column:1/-1}
    thead{display:none}tr{grid-template-columns:1fr auto;gap:.1rem .9rem;padding-right:1.6rem}.many tbody{contain-intrinsic-size:auto 350rem}
    tbody td:nth-child(1){grid-row:1;grid-column:2}tbody th{grid-row:1;grid-column:1}tbody td:nth-child(3){grid-row:2;grid-column:1}tbody td:nth-child(4){grid-row:2;grid-column:2;min-width:5.5rem;text-align:right}tbody td:nth-child(5){display:none}tbody td:nth-child(6){grid-column:1/-1}
    .tenants tr{grid-template-columns:1fr auto;padding-right:0}.tenants tbody tr>td:nth-child(n+3):nth-child(n+3){display:block;grid-row:auto;grid-column:1/-1;min-width:0;text-align:left}.tenants tbody td:nth-child(n+3)::before{content:attr(title) ": ";color:var(--quiet)}
    details div{margin-right:-1.6rem}details dl{grid-template-columns:1fr}dd+dt{margin-top:.3rem}.legend{grid-template-columns:1fr}}
    @media print{:root{--paper:#fff}html{font-size:9pt}body{max-width:none;padding:0}section{border:0;padding:0;margin-top:1.2rem}nav,.skip,.words,tr summary{display:none}.actions li,tr,.ahead li,.counts li{break-inside:avoid}h2{break-after:avoid}.many tbody{content-visibility:visible}.timeline{break-inside:avoid}.timeline.wide{display:block}.timeline.narrow{display:none}a{color:inherit}@page{margin:15mm}}
    """
}
