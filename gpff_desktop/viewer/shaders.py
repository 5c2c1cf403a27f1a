"""GLSL 1.20 source of the molecule visuals, in pieces that are joined into whole shaders at the end of the file.

Spheres and cylinders are drawn as impostors: the vertex shader places a quad over the shape and the fragment shader
intersects the view ray with the true surface, so silhouettes, depth and normals are exact at any zoom.
The sources are ASCII: OpenGL counts bytes where vispy counts characters.
"""

VIEW_UNIFORMS = """
uniform mat4 u_clip_from_world;
uniform vec4 u_eye;              // xyz: eye position, w = 1 (perspective); xyz: direction to it, w = 0 (parallel)
varying vec3 v_proxy;
"""

SPHERE_VARYINGS = """
varying vec3 v_centre;
varying float v_radius;
varying vec4 v_color;
"""

CYLINDER_VARYINGS = """
varying vec3 v_start;
varying vec3 v_end;
varying float v_radius;
varying vec4 v_start_color;
varying vec4 v_end_color;
"""

PERPENDICULAR = """
vec3 perpendicular(vec3 axis) {
    return normalize(cross(axis, abs(axis.y) < 0.9 ? vec3(0, 1, 0) : vec3(1, 0, 0)));
}
"""

SPHERE_PROXY = """
attribute vec2 a_corner;
attribute vec3 a_centre;
attribute float a_radius;
attribute vec4 a_color;

void main() {
    vec3 from_eye = a_centre * u_eye.w - u_eye.xyz;
    float distance = length(from_eye);
    vec3 axis = from_eye / distance;
    vec3 x = perpendicular(axis);
    vec3 y = cross(x, axis);
    float padded = a_radius * 1.04;
    // Seen in perspective a sphere's outline is wider than its great circle.
    float reach = u_eye.w > 0.0 ? padded * distance / sqrt(max(distance * distance - padded * padded, 1e-6)) : padded;
    v_proxy = a_centre + (x * a_corner.x + y * a_corner.y) * reach;
    v_centre = a_centre;
    v_radius = a_radius;
    v_color = a_color;
    gl_Position = u_clip_from_world * vec4(v_proxy, 1.0);
}
"""

CYLINDER_PROXY = """
attribute vec2 a_corner;         // x: -1 or 1, across; y: 0 or 1, from start to end
attribute vec3 a_start;
attribute vec3 a_end;
attribute float a_radius;
attribute vec4 a_start_color;
attribute vec4 a_end_color;

void main() {
    vec3 axis = normalize(a_end - a_start);
    vec3 to_eye = normalize(u_eye.xyz - 0.5 * (a_start + a_end) * u_eye.w);
    vec3 across = cross(axis, to_eye);
    vec3 side = length(across) > 1e-4 ? normalize(across) : perpendicular(axis);
    vec3 front = cross(side, axis);
    // Seen at a slant the near surface reaches further than the axis at one end: the quad tilts up to it there.
    bool at_end = a_corner.y > 0.5;
    float lift = (dot(axis, to_eye) > 0.0) != at_end ? 1.0 : 0.0;
    v_proxy = mix(a_start, a_end, a_corner.y) + (side * a_corner.x + front * lift) * a_radius * 1.06;
    v_start = a_start;
    v_end = a_end;
    v_radius = a_radius;
    v_start_color = a_start_color;
    v_end_color = a_end_color;
    gl_Position = u_clip_from_world * vec4(v_proxy, 1.0);
}
"""

LIGHTING = """
uniform vec3 u_up;
uniform vec3 u_key_light;
uniform vec3 u_fill_light;
uniform vec3 u_material;         // ambient, diffuse, specular
uniform float u_silhouette;
uniform vec3 u_glow;

// Gamma 2 instead of sRGB's curve, and a fixed shininess of 64: a software renderer spends most of a frame here.
float shininess(float x) {
    float x2 = x * x;
    float x4 = x2 * x2;
    float x8 = x4 * x4;
    float x16 = x8 * x8;
    float x32 = x16 * x16;
    return x32 * x32;
}

vec3 lit(vec3 base, vec3 normal, vec3 to_eye, float glow) {
    float sky = 0.5 + 0.5 * dot(normal, u_up);
    vec3 ambient = u_material.x * mix(vec3(0.62, 0.60, 0.58), vec3(1.0, 1.02, 1.06), sky);
    float key = max(dot(normal, u_key_light), 0.0);
    float fill = 0.22 * max(dot(normal, u_fill_light), 0.0);
    float halfway = max(dot(normal, normalize(u_key_light + to_eye)), 0.0);
    float shine = u_material.z * shininess(halfway) * step(1e-4, key);
    float facing = max(dot(normal, to_eye), 0.0);
    vec3 color = base * base * (ambient + u_material.y * (key + fill)) + vec3(shine);
    color *= mix(1.0, smoothstep(0.0, 0.45, facing), u_silhouette);
    float rim = 1.0 - facing;
    color = mix(color, u_glow, glow * (0.25 + 0.75 * rim * sqrt(rim)));
    return sqrt(clamp(color, 0.0, 1.0));
}
"""

OUTPUT = """
uniform vec3 u_forward;
uniform vec3 u_right;
uniform vec3 u_focus;
uniform vec3 u_background;
uniform vec3 u_fog;              // start and end along the line of sight from the focus, strength
uniform float u_depth_range;
uniform float u_geometry_pass;   // 1: write normal and depth for ambient occlusion instead of a colour

vec4 geometry(vec3 normal, float depth) {
    float steps = clamp(0.5 + 0.5 * depth / u_depth_range, 0.0, 0.995) * 255.0;
    return vec4(0.5 + 0.5 * dot(normal, u_right), 0.5 + 0.5 * dot(normal, u_up), floor(steps) / 255.0, fract(steps));
}

void emit(vec3 hit, vec3 normal, vec3 ray, vec4 color) {
    vec4 clip = u_clip_from_world * vec4(hit, 1.0);
    gl_FragDepth = 0.5 * clip.z / clip.w + 0.5;
    float depth = dot(hit - u_focus, u_forward);
    float fog = clamp((depth - u_fog.x) / (u_fog.y - u_fog.x), 0.0, 1.0) * u_fog.z;
    vec4 shaded = vec4(mix(lit(color.rgb, normal, -ray, color.a), u_background, fog), 1.0);
    gl_FragColor = u_geometry_pass > 0.5 ? geometry(normal, depth) : shaded;
}
"""

HALO = """
void emit(vec3 hit, vec3 normal, vec3 ray, vec4 color) {
    vec4 clip = u_clip_from_world * vec4(hit, 1.0);
    gl_FragDepth = 0.5 * clip.z / clip.w + 0.5;
    float rim = 1.0 - max(dot(normal, -ray), 0.0);
    gl_FragColor = vec4(color.rgb, color.a * (0.25 + 0.75 * rim * sqrt(rim)));
}
"""

SPHERE_HIT = """
void main() {
    vec3 ray = normalize(v_proxy * u_eye.w - u_eye.xyz);
    vec3 from_centre = v_proxy - v_centre;
    float along = dot(from_centre, ray);
    float from_axis = length(from_centre - along * ray);
    if (from_axis > v_radius) discard;
    float half_chord = sqrt(max(v_radius * v_radius - from_axis * from_axis, 0.0));
    vec3 hit = v_proxy - ray * (along + half_chord);
    emit(hit, normalize(hit - v_centre), ray, v_color);
}
"""

CYLINDER_HIT = """
void main() {
    vec3 ray = normalize(v_proxy * u_eye.w - u_eye.xyz);
    vec3 span = v_end - v_start;
    float size = length(span);
    vec3 axis = span / size;
    vec3 from_start = v_proxy - v_start;
    vec3 ray_across = ray - axis * dot(ray, axis);
    vec3 start_across = from_start - axis * dot(from_start, axis);
    float a = max(dot(ray_across, ray_across), 1e-9);
    float b = dot(start_across, ray_across);
    float from_axis = length(start_across - ray_across * (b / a));
    float travel = -(b + sqrt(max(a * (v_radius * v_radius - from_axis * from_axis), 0.0))) / a;
    vec3 hit = v_proxy + ray * travel;
    float along = dot(hit - v_start, axis) / size;
    float second_half = clamp((along - 0.5) / max(fwidth(along), 1e-6) + 0.5, 0.0, 1.0);
    if (from_axis > v_radius || along < 0.0 || along > 1.0) discard;
    vec4 color = mix(v_start_color, v_end_color, second_half);
    emit(hit, normalize(hit - v_start - axis * along * size), ray, color);
}
"""

FULL_SCREEN = """
attribute vec2 a_corner;
varying vec2 v_uv;
void main() {
    v_uv = 0.5 * a_corner + 0.5;
    gl_Position = vec4(a_corner, 0.0, 1.0);
}
"""

AVERAGE = """
uniform sampler2D u_picture;
uniform float u_share;
varying vec2 v_uv;
// Between the four texels of a pixel, linear interpolation is their average.
void main() { gl_FragColor = vec4(texture2D(u_picture, v_uv).rgb, u_share); }
"""

MULTIPLY = """
uniform sampler2D u_light;
varying vec2 v_uv;
void main() { gl_FragColor = texture2D(u_light, v_uv); }
"""

SURFACE = """
uniform sampler2D u_surface;     // normal.xy (the geometry pass) or openness (the occlusion pass), and depth
uniform vec2 u_pixel;            // size of a pixel in texture coordinates
uniform float u_depth_range;
varying vec2 v_uv;

float depth_of(vec4 surface) { return ((surface.b * 255.0 + surface.a) / 255.0 * 2.0 - 1.0) * u_depth_range; }
bool is_background(vec4 surface) { return surface.b > 0.998; }
"""

OCCLUSION = """
uniform float u_pixels_per_angstrom;
uniform float u_reach;           // radius of the neighbourhood in angstrom
uniform float u_strength;
const int SAMPLES = 12;
const mat2 GOLDEN_TURN = mat2(-0.737369, 0.675490, -0.675490, -0.737369);  // by 137.5 degrees

float occlusion(float depth, vec3 normal) {
    // Sixteen spirals in blocks of 4 x 4 pixels; the smoothing pass averages over just such a block.
    vec2 cell = mod(floor(gl_FragCoord.xy), 4.0);
    float turn = 0.392699 * (cell.x + 4.0 * cell.y);
    float shift = fract(0.618034 * (cell.x + 4.0 * cell.y));
    float total = 0.0;
    vec2 direction = vec2(cos(turn), sin(turn));
    for (int i = 0; i < SAMPLES; i++) {
        vec2 offset = direction * u_reach * sqrt((float(i) + shift) / float(SAMPLES));
        direction = GOLDEN_TURN * direction;
        vec4 there = texture2D(u_surface, v_uv + offset * u_pixels_per_angstrom * u_pixel);
        if (is_background(there)) continue;
        vec3 toward = vec3(offset, depth_of(there) - depth);
        float far2 = dot(toward, toward);
        float near = smoothstep(3.2 * u_reach * u_reach, 0.0, far2);
        total += max(0.0, dot(toward, normal) - 0.03) / (far2 + 0.08) * near;
    }
    return total / float(SAMPLES);
}

void main() {
    vec4 here = texture2D(u_surface, v_uv);
    if (is_background(here)) discard;
    vec2 across = 2.0 * here.rg - 1.0;
    vec3 normal = vec3(across, -sqrt(max(0.0, 1.0 - dot(across, across))));
    float open = clamp(1.0 - u_strength * occlusion(depth_of(here), normal), 0.0, 1.0);
    gl_FragColor = vec4(open, 0.0, here.ba);  // with the depth, to be found by one look-up instead of two
}
"""

SMOOTHING = """
uniform float u_outline;         // width of the contour at depth steps, in pixels
const float SAME_SURFACE = 0.3;  // pixels farther apart in depth (in angstrom) do not share their light

float smoothed(float depth) {
    float total = 0.0;
    float weight = 0.0;
    for (int i = 0; i < 16; i++) {
        vec2 there = v_uv + (vec2(mod(float(i), 4.0), floor(float(i) / 4.0)) - 1.0) * u_pixel;
        vec4 surface = texture2D(u_surface, there);
        float share = is_background(surface) || abs(depth_of(surface) - depth) > SAME_SURFACE ? 0.001 : 1.0;
        total += share * surface.r;
        weight += share;
    }
    return total / weight;
}

float contour(float depth) {
    float edge = 0.0;
    for (int i = 0; i < 4; i++) {
        vec2 offset = i == 0 ? vec2(1, 0) : i == 1 ? vec2(-1, 0) : i == 2 ? vec2(0, 1) : vec2(0, -1);
        float step_back = depth - depth_of(texture2D(u_surface, v_uv + offset * u_pixel * u_outline));
        edge = max(edge, smoothstep(0.25, 0.8, step_back));
    }
    return edge;
}

void main() {
    vec4 here = texture2D(u_surface, v_uv);
    if (is_background(here)) discard;
    float depth = depth_of(here);
    gl_FragColor = vec4(vec3(smoothed(depth) * (1.0 - 0.55 * contour(depth))), 1.0);
}
"""

SPHERE_VERTEX = VIEW_UNIFORMS + SPHERE_VARYINGS + PERPENDICULAR + SPHERE_PROXY
SPHERE_FRAGMENT = VIEW_UNIFORMS + SPHERE_VARYINGS + LIGHTING + OUTPUT + SPHERE_HIT
HALO_FRAGMENT = VIEW_UNIFORMS + SPHERE_VARYINGS + HALO + SPHERE_HIT
CYLINDER_VERTEX = VIEW_UNIFORMS + CYLINDER_VARYINGS + PERPENDICULAR + CYLINDER_PROXY
CYLINDER_FRAGMENT = VIEW_UNIFORMS + CYLINDER_VARYINGS + LIGHTING + OUTPUT + CYLINDER_HIT
OCCLUSION_FRAGMENT = SURFACE + OCCLUSION
SMOOTHING_FRAGMENT = SURFACE + SMOOTHING
