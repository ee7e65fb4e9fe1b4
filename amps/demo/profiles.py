"""How often a point is right in the demo plant, and which values it shows: plain numbers, no database.

`fail` is the chance of "not conforming" (or of a count above its limit); a measurement has a mean and a spread
instead, and is right or wrong by its limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Profile:
    """The usual behaviour of one point."""

    fail: float = 0.03
    mean: float = 0.0
    spread: float = 0.0

    def worse(self, factor: float) -> Profile:
        """The same with failures `factor` times as frequent, and a spread that grows a little with it."""
        return replace(self, fail=min(self.fail * factor, 0.9), spread=self.spread * (0.75 + 0.25 * factor))


PROFILES: dict[str, Profile] = {
    # SOP-01 anode change
    "anode_per_list": Profile(0.012),
    "respirator_used": Profile(0.012),
    "hoods_off_count": Profile(0.05),
    "cavity_cleaned": Profile(0.06),
    "anode_height_offset": Profile(mean=20, spread=2.4),
    "hoods_off_time": Profile(mean=10.4, spread=1.9),
    "rod_drop": Profile(mean=1.0, spread=0.22),
    "butt_condition": Profile(0.05),
    # SOP-02 anode covering
    "visible_anode": Profile(0.035),
    "cover_thickness": Profile(mean=13.4, spread=1.0),
    "yoke_cover_space": Profile(mean=3.5, spread=0.7),
    "flame_holes": Profile(0.035),
    "feeder_hole_open": Profile(0.018),
    "hoods_tight": Profile(0.018),
    "first_line_maintenance": Profile(0.05),
    # SOP-03 tapping
    "crucible_tube_dry": Profile(0.006),
    "tap_mass_deviation": Profile(mean=4, spread=27),
    "bath_in_crucible": Profile(mean=7.2, spread=1.7),
    "voltage_checked_leaving": Profile(0.04),
    "ppe_full": Profile(0.006),
    "delivery_time_deviation": Profile(mean=1.5, spread=6.0),
    # SOP-04 feeding
    "feeder_working": Profile(0.025),
    "breaker_working": Profile(0.025),
    "hopper_not_empty": Profile(0.012),
    "dose_weight_deviation": Profile(mean=0.4, spread=1.7),
    "noisy_cells": Profile(0.07),
    "dose_weight_checked": Profile(0.03),
    # SOP-05 anode effects
    "ae_time_to_cell": Profile(mean=38, spread=11),
    "ae_duration": Profile(mean=1.4, spread=0.36),
    "ae_cause_registered": Profile(0.07),
    "feeders_checked_after_ae": Profile(0.05),
    "ae_method_ppe": Profile(0.01),
    "ae_repeat_24h": Profile(0.05),
    # SOP-06 voltage and noise
    "voltage_on_target": Profile(0.045),
    "noise_after_2h": Profile(mean=10.2, spread=2.2),
    "extra_voltage_end_time": Profile(0.06),
    "anodes_outside_current": Profile(0.06),
    "noise_treated": Profile(0.07),
    # SOP-07 bath
    "bath_height": Profile(mean=20.1, spread=0.95),
    "metal_height": Profile(mean=21.0, spread=1.4),
    "bath_temperature": Profile(mean=957.5, spread=3.6),
    "excess_alf3": Profile(mean=11.5, spread=0.7),
    "correction_by_table": Profile(0.08),
    "bar_mould_dry": Profile(0.004),
    "measurements_missing": Profile(0.1),
    # SOP-08 crane
    "preuse_signed": Profile(0.012),
    "insulation_reading": Profile(mean=900, spread=130),
    "estop_brakes_tested": Profile(0.006),
    "old_faults": Profile(0.06),
    "faults_reported": Profile(0.03),
    "crane_ready_time": Profile(mean=14, spread=2.8),
    # SOP-09 start-up
    "lining_acceptance": Profile(0.03),
    "heating_rate": Profile(mean=16, spread=2.4),
    "cathode_spread": Profile(mean=110, spread=23),
    "cathode_temp_before_bath": Profile(mean=926, spread=13),
    "missing_readings": Profile(0.06),
    "relining_days": Profile(mean=14.2, spread=0.9),
    "exclusion_zone": Profile(0.01),
    # SOP-10 scrubber
    "hf_after_filter": Profile(mean=0.48, spread=0.13),
    "pressure_drop": Profile(mean=1.5, spread=0.2),
    "alumina_distribution": Profile(mean=8, spread=3.2),
    "compartments_out": Profile(0.03),
    "potroom_notified": Profile(0.05),
    "secondary_silo": Profile(mean=62, spread=9),
}

# Before the covering routine; it moves these to the profile above.
BEFORE_COVERING: dict[str, Profile] = {
    "visible_anode": Profile(0.16),
    "cover_thickness": Profile(mean=12.1, spread=1.5),
    "yoke_cover_space": Profile(mean=3.9, spread=0.95),
    "flame_holes": Profile(0.12),
    "feeder_hole_open": Profile(0.03),
    "first_line_maintenance": Profile(0.07),
}
# Before the sharper feeding check.
BEFORE_FEEDING: dict[str, Profile] = {
    "dose_weight_deviation": Profile(mean=2.1, spread=2.7),
    "dose_weight_checked": Profile(0.13),
    "hopper_not_empty": Profile(0.02),
}
# What crew C's covering has slipped to when it has slipped all the way.
SLIPPED: dict[str, Profile] = {
    "visible_anode": Profile(0.3),
    "cover_thickness": Profile(mean=11.6, spread=1.6),
    "yoke_cover_space": Profile(mean=4.4, spread=1.0),
    "flame_holes": Profile(0.22),
}
# On a cell of the section whose feeders have no air.
BAD_FEEDER: dict[str, float] = {
    "feeder_working": 0.75,
    "breaker_working": 0.6,
    "feeder_hole_open": 0.7,
    "dose_weight_checked": 0.3,
}
CREW_FACTOR = {"A": 0.85, "B": 1.0, "C": 1.05, "D": 1.2, "E": 0.95}
AREA_FACTOR = {"EL1": 0.95, "EL2": 1.1, "RE1": 1.0}

# Fe in the metal (%), before and with the covering routine.
FE_BEFORE, FE_AFTER, FE_SPREAD = 0.162, 0.079, 0.018
# Anode effects per cell-day.
AE_RATE = {"EL1": 0.052, "EL2": 0.066}
AE_BAD_FACTOR = 14.0


def between(before: Profile, after: Profile, share: float) -> Profile:
    """The profile that is `share` (0 to 1) of the way from `before` to `after`."""

    def mix(a: float, b: float) -> float:
        return a + (b - a) * share

    return Profile(mix(before.fail, after.fail), mix(before.mean, after.mean), mix(before.spread, after.spread))


def profile_of(code: str, *, covering: float, feeding: float, slip: float, factor: float) -> Profile:
    """The profile of a point in one shift: how far the stories have come, and the day's and crew's factor."""
    profile = PROFILES[code]
    if code in BEFORE_COVERING:
        profile = between(BEFORE_COVERING[code], profile, covering)
    if code in BEFORE_FEEDING:
        profile = between(BEFORE_FEEDING[code], profile, feeding)
    if slip and code in SLIPPED:
        profile = between(profile, SLIPPED[code], slip)
    return profile.worse(factor)
