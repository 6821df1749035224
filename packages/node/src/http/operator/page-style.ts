/**
 * Style of the node's page: dark or light as the reader prefers, one column on a phone.
 * @module
 */

export const PAGE_STYLE = `:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--line:#dde1e7;--text:#1a1e24;--dim:#5a6470;--accent:#0b5cad;--good:#15733f;--bad:#b3261e;--warn:#8a5300}
@media (prefers-color-scheme:dark){:root{--page:#111418;--card:#1a1e24;--line:#2e353e;--text:#e7eaee;--dim:#9aa5b1;--accent:#7cb7f5;--good:#5fca8d;--bad:#ff8a80;--warn:#f0b35e}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:.25rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.25rem .75rem}
header,main{max-width:76rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem;display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}
h1{font-size:1.4rem;margin:0}
h2{font-size:1.05rem;margin:2rem 0 .6rem}
h2.title{font-size:.8rem;font-weight:500;color:var(--dim);margin:0}
code{font:.85em ui-monospace,monospace}
.meta{color:var(--dim);font-size:.9rem}
.health{font-weight:600}
.health::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;background:currentColor;margin-right:.4em}
.healthy{color:var(--good)}
.unhealthy,.away{color:var(--bad)}
#reasons{flex-basis:100%;margin:0;color:var(--bad)}
#reasons:empty{display:none}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.75rem;margin-top:1.25rem}
.figure{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.7rem .9rem;min-width:0}
.value{font-size:1.5rem;font-weight:600;margin:0;font-variant-numeric:tabular-nums;line-height:1.3}
.detail{margin:0;min-height:1.5em;color:var(--dim);font-size:.8rem}
svg{display:block;width:100%;height:3rem;margin-top:.4rem}
.line{fill:none;stroke:var(--accent);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}
.points{fill:none;stroke:var(--accent);stroke-width:4;vector-effect:non-scaling-stroke;stroke-linecap:round}
.area{fill:var(--accent);opacity:.13}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 1.75rem;margin:1rem 0 0;font-size:.9rem}
.facts div{display:flex;gap:.45rem}
dt{color:var(--dim)}
dd{margin:0;font-variant-numeric:tabular-nums}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:.6rem;border-spacing:0;overflow:hidden;font-size:.9rem}
th,td{padding:.45rem .75rem;text-align:left;font-weight:400;border-top:1px solid var(--line);overflow-wrap:anywhere;vertical-align:baseline}
thead th{border-top:0;color:var(--dim);font-size:.8rem;overflow-wrap:normal}
td:nth-child(n+4),thead th:nth-child(n+4){text-align:right;font-variant-numeric:tabular-nums}
tr.canister{cursor:pointer}
@media (hover:hover){tr.canister:hover>*{background:color-mix(in srgb,var(--accent) 6%,transparent)}}
.opener{appearance:none;border:0;background:none;color:var(--dim);font:inherit;cursor:pointer;width:1.6rem;height:1.6rem;margin:-.2rem .2rem -.2rem -.5rem;padding:0;border-radius:.25rem}
.opener::before{content:"\\25b8";display:inline-block}
.opener[aria-expanded=true]::before{transform:rotate(90deg)}
.opened>td{border-top:0;padding-top:.1rem}
.opened .figures{margin:0}
.opened .figure{background:var(--page);display:flex;flex-direction:column}
.opened svg{margin-top:auto;padding-top:.4rem}
h3.title{font-size:.8rem;font-weight:500;color:var(--dim);margin:0}
.range{margin:.2rem 0 0;color:var(--dim);font-size:.8rem;font-variant-numeric:tabular-nums}
.spark{display:inline-flex;gap:.5rem;align-items:baseline;justify-content:flex-end}
.spark svg{width:5rem;height:1.2rem;margin:0;flex:none}
.rate{min-width:3.5em;text-align:right;white-space:nowrap}
.running{color:var(--good)}
.stopping{color:var(--warn)}
.stopped{color:var(--dim)}
.bar{display:flex;flex-wrap:wrap;gap:0 1.25rem;align-items:baseline;justify-content:space-between}
.switch{display:none;font-size:.85rem;color:var(--dim)}
.live .switch{display:inline-flex;gap:.4rem;align-items:center;min-height:1.75rem}
#log{list-style:none;margin:0;padding:.6rem .9rem;max-height:24rem;overflow:auto;background:var(--card);border:1px solid var(--line);border-radius:.6rem;font:.82rem/1.55 ui-monospace,monospace}
#log li{white-space:pre-wrap;overflow-wrap:anywhere}
#log time{color:var(--dim)}
#log:empty{display:none}
.who{color:var(--accent)}
.origin{color:var(--dim);border:1px solid var(--line);border-radius:.3rem;padding:0 .3em}
.trap .text{color:var(--bad)}
footer{color:var(--dim);font-size:.85rem;padding:1.5rem 0 2.5rem;overflow-wrap:anywhere}
@media (max-width:46rem){
.figures{grid-template-columns:1fr 1fr;gap:.5rem}
.figure{padding:.55rem .65rem}
.value{font-size:1.25rem}
header,main{padding-left:.9rem;padding-right:.9rem}
thead{position:absolute;left:-999rem}
tr{display:grid;grid-template-columns:1fr 1fr;border-top:1px solid var(--line);padding:.5rem .75rem}
tbody tr:first-child{border-top:0}
tbody th{grid-column:1/-1}
th,td,td:nth-child(n+4){border:0;padding:.1rem 0;text-align:left}
td[data-label]::before{content:attr(data-label) " ";color:var(--dim)}
.opener{width:2.2rem;height:2.2rem;margin:-.4rem .2rem -.4rem -.6rem}
tr.opened{grid-template-columns:1fr;border-top:0;padding-top:0}
.opened .figures{grid-template-columns:1fr}
.spark{justify-content:flex-start}
.spark svg{width:3.5rem}
.rate{text-align:left;min-width:0}
#log{max-height:18rem;padding:.5rem .65rem}
}
`;
