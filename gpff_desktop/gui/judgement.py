"""The judgement of a candidate under the name that panels of the window know it by."""

from gpff_desktop.session.judgement import PICTURE_SIZE, Judgement, judge_arrays

__all__ = ["PICTURE_SIZE", "Judgement", "judge_arrays"]
