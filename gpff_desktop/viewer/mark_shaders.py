"""GLSL 1.20 source of what is drawn beside the molecule: arrow heads, dots, clouds, tints, captions and the band.

As in `shaders`, the sources are ASCII and in pieces that are joined at the end of the file.
"""

from gpff_desktop.viewer.shaders import (
    LIGHTING,
    OUTPUT,
    PERPENDICULAR,
    SPHERE_HIT,
    SPHERE_VARYINGS,
    VIEW_UNIFORMS,
)

CONE_VARYINGS = """
varying vec3 v_normal;
varying vec4 v_color;
"""

CONE_MESH = """
attribute vec2 a_corner;         // x: angle; y: 1 tip, 0 rim of the mantle, -1 rim of the base, -2 middle of the base
attribute vec3 a_start;
attribute vec3 a_end;
attribute float a_radius;
attribute vec4 a_color;

void main() {
    vec3 span = a_end - a_start;
    vec3 axis = normalize(span);
    vec3 x = perpendicular(axis);
    vec3 outward = cos(a_corner.x) * x + sin(a_corner.x) * cross(axis, x);
    vec3 rim = a_start + outward * a_radius;
    v_proxy = a_corner.y > 0.5 ? a_end : a_corner.y > -1.5 ? rim : a_start;
    v_normal = a_corner.y > -0.5 ? normalize(outward + axis * a_radius / length(span)) : -axis;
    v_color = a_color;
    gl_Position = u_clip_from_world * vec4(v_proxy, 1.0);
}
"""

CONE_HIT = """
void main() {
    vec3 ray = normalize(v_proxy * u_eye.w - u_eye.xyz);
    emit(v_proxy, normalize(v_normal), ray, v_color);
}
"""

DOT_VERTEX = """
attribute vec3 a_centre;
attribute float a_radius;
attribute vec3 a_color;
uniform mat4 u_clip_from_world;
uniform vec3 u_up;
uniform vec3 u_forward;
uniform vec3 u_focus;
uniform vec3 u_background;
uniform vec3 u_fog;
uniform float u_pixels;          // pixels in half the height of the picture
varying vec3 v_color;

void main() {
    gl_Position = u_clip_from_world * vec4(a_centre, 1.0);
    vec4 above = u_clip_from_world * vec4(a_centre + u_up * a_radius, 1.0);
    gl_PointSize = max(2.0, 2.0 * u_pixels * abs(above.y / above.w - gl_Position.y / gl_Position.w));
    float fog = clamp((dot(a_centre - u_focus, u_forward) - u_fog.x) / (u_fog.y - u_fog.x), 0.0, 1.0) * u_fog.z;
    v_color = mix(0.85 * a_color, u_background, fog);
}
"""

CLOUD_FRAGMENT = """
uniform float u_strength;        // opacity in the middle
varying vec3 v_color;

void main() {
    vec2 out_of_middle = 2.0 * gl_PointCoord - 1.0;
    float left = max(1.0 - dot(out_of_middle, out_of_middle), 0.0);
    gl_FragColor = vec4(v_color, u_strength * left * left);
}
"""

TINT = """
uniform float u_plain;           // 1 where the background is light: what leaves the picture as it is
uniform float u_share;

void emit(vec3 hit, vec3 normal, vec3 ray, vec4 color) {
    vec4 clip = u_clip_from_world * vec4(hit, 1.0);
    gl_FragDepth = 0.5 * clip.z / clip.w + 0.5;
    float inside = smoothstep(0.0, 0.5, -dot(normal, ray));
    float share = u_share * color.a * inside;
    gl_FragColor = vec4(mix(vec3(u_plain), color.rgb, share), share);
}
"""

DOT_FRAGMENT = """
varying vec3 v_color;

void main() {
    vec2 out_of_middle = 2.0 * gl_PointCoord - 1.0;
    float off2 = dot(out_of_middle, out_of_middle);
    if (off2 > 1.0) discard;
    gl_FragColor = vec4(v_color * (1.0 - 0.45 * off2), 1.0);
}
"""

CAPTION_PROXY = """
attribute vec2 a_corner;
attribute vec3 a_anchor;
attribute float a_lift;          // in angstrom, toward the viewer
attribute vec4 a_box;            // left, top, width and height in pixels, from the anchor
attribute vec4 a_cell;           // left, top, width and height in the atlas, 0 to 1
uniform vec2 u_step;             // one pixel right and down
varying vec2 v_uv;

void main() {
    vec3 to_eye = normalize(u_eye.xyz - a_anchor * u_eye.w);
    vec4 place = u_clip_from_world * vec4(a_anchor, 1.0);
    vec4 lifted = u_clip_from_world * vec4(a_anchor + to_eye * a_lift, 1.0);
    // Whole pixels, counted from the corner of the picture, keep letters crisp.
    vec2 pixel = floor((place.xy / place.w + 1.0) / abs(u_step) + 0.5);
    vec2 corner = pixel * abs(u_step) - 1.0 + (a_box.xy + a_corner * a_box.zw) * u_step;
    v_uv = a_cell.xy + a_corner * a_cell.zw;
    gl_Position = place.w > 0.0 ? vec4(corner, lifted.z / lifted.w, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
}
"""

CAPTION_FRAGMENT = """
uniform sampler2D u_atlas;       // r: the letter, g: the letter and a margin around it
uniform vec3 u_ink;
uniform vec3 u_halo;
varying vec2 v_uv;

void main() {
    vec2 drawn = texture2D(u_atlas, v_uv).rg;
    float alpha = max(drawn.r, 0.85 * drawn.g);
    if (alpha < 0.02) discard;
    gl_FragColor = vec4(mix(u_halo, u_ink, drawn.r / alpha), alpha);
}
"""

BAND_VERTEX = """
attribute vec2 a_corner;
uniform vec4 u_rectangle;        // left, top, width and height in logical pixels
uniform vec4 u_to_render;        // origin and step of logical pixels
varying vec2 v_inside;
void main() {
    v_inside = a_corner * u_rectangle.zw;
    gl_Position = vec4(u_to_render.xy + (u_rectangle.xy + v_inside) * u_to_render.zw, 0.0, 1.0);
}
"""

BAND_FRAGMENT = """
uniform vec4 u_rectangle;
uniform vec3 u_ink;
varying vec2 v_inside;
void main() {
    vec2 to_edge = min(v_inside, u_rectangle.zw - v_inside);
    gl_FragColor = vec4(u_ink, min(to_edge.x, to_edge.y) < 1.0 ? 0.9 : 0.14);
}
"""

CONE_VERTEX = VIEW_UNIFORMS + CONE_VARYINGS + PERPENDICULAR + CONE_MESH
CONE_FRAGMENT = VIEW_UNIFORMS + CONE_VARYINGS + LIGHTING + OUTPUT + CONE_HIT
CAPTION_VERTEX = VIEW_UNIFORMS + CAPTION_PROXY
TINT_FRAGMENT = VIEW_UNIFORMS + SPHERE_VARYINGS + TINT + SPHERE_HIT
